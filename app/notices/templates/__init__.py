"""Every message there is, in one table, a file a subject; what it may say is what its blanks name.

A message goes to its recipient's inbox, always. ``ways`` are the roads it takes besides, in order: the next
one is taken where one fails. What must be seen ends with print: a letter reaches whoever has no telephone.
"""

from typing import Final

from app.notices.templates.base import Template
from app.notices.templates.developers import DEVELOPER
from app.notices.templates.households import ACCOUNT, FOLLOWING, HELPING
from app.notices.templates.officials import AUTHORITIES, PERSON
from app.notices.templates.purchases import PURCHASES
from app.notices.templates.vouchers import VOUCHERS

HOUSEHOLD: Final = {**PURCHASES, **FOLLOWING, **VOUCHERS, **ACCOUNT}

TEMPLATES: Final[dict[str, Template]] = {
    **HOUSEHOLD,
    **HELPING,
    **DEVELOPER,
    **AUTHORITIES,
    **PERSON,
}
