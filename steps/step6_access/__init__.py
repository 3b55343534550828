"""Access: who may do what, pages that know their visitor, and a list of one's logins, each of which can be ended."""

from steps.step6_access.logins import Login, Logins
from steps.step6_access.preferences import KeptPreferences, Preferences
from steps.step6_access.roles import Account, Roles, current_account, require_role

__all__ = [
    "Account",
    "KeptPreferences",
    "Login",
    "Logins",
    "Preferences",
    "Roles",
    "current_account",
    "require_role",
]
