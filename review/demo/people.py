"""The people of the demo. Their one password is random, or the operator's; it is never a fixed one."""

from review.models import Membership, Role, User

ADMIN = "dana"
SENIOR = "bob"
MODERATORS = ("alice", "bob")
PEOPLE = {ADMIN: Role.ADMIN, SENIOR: Role.SENIOR, "alice": Role.MODERATOR}


def make_people(password: str) -> dict[str, User]:
    """Make the demo's people where they are missing. Dana is an instance admin; the others see every source."""
    return {username: _person(username, role, password) for username, role in PEOPLE.items()}


def _person(username: str, role: Role, password: str) -> User:
    user, created = User.objects.get_or_create(username=username)
    if created:
        user.set_password(password)
        user.is_superuser = user.is_staff = role == Role.ADMIN
        user.save(update_fields=["password", "is_superuser", "is_staff"])
        Membership.objects.get_or_create(user=user, source=None, defaults={"role": role})
    return user
