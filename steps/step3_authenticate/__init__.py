"""Authenticate: who is it? A password answers once, the session remembers the answer."""

from steps.step3_authenticate.auth import current_user, log_in, login_required
from steps.step3_authenticate.passwords import hash_password, verify_password
from steps.step3_authenticate.users import Users

__all__ = ["Users", "current_user", "hash_password", "log_in", "login_required", "verify_password"]
