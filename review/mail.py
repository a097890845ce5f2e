"""Mail to people, where the operator has named a server."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

log = logging.getLogger(__name__)


def is_set() -> bool:
    """Whether there is a mail server: without one nothing promises mail."""
    return bool(settings.VARIABLES.email_url)


def send(subject: str, body: str, to: str) -> bool:
    """One mail to one person; whether the server took it. Why it did not is logged, without the address."""
    try:
        return bool(send_mail(subject, body, None, [to]))
    except (OSError, SMTPException) as error:
        log.warning("a mail could not be sent: %s", type(error).__name__)
        return False
