"""The deployment: settings, URLs, Celery, the embedded services and `manage.py up`."""
