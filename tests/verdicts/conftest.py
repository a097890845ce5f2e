"""The source and the scoring setup of the policy's tests."""

from tests.policy.conftest import setup, source

__all__ = ["setup", "source"]
