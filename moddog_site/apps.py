from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "moddog_site"

    def ready(self) -> None:
        """Make the one Celery app known to whoever sends tasks, in every thread of every process."""
        from moddog_site.celery import app  # reads the settings, so not before they are there

        app.set_default()
        import moddog_site.oidc_roles  # noqa: F401 - connects what is done when somebody has signed in
