"""The demo's sign-ins, one per role and duty; their passwords are printed and so protect nothing."""

from dataclasses import dataclass
from typing import Final

from app.core.actor import Duty, Role

DEMO_PASSWORD: Final = "anju-demo-2016"  # noqa: S105  # no secret: the demo prints it


@dataclass(frozen=True)
class DemoAccount:
    """One sign-in of the demo."""

    role: Role
    username: str
    name: str
    organisation: str
    duty: Duty | None = None
    password: str = DEMO_PASSWORD

    def as_json(self) -> dict[str, str]:
        """Return the account in the shape of ``flask demo accounts --json``."""
        return {
            "role": self.role.value,
            "username": self.username,
            "password": self.password,
            "name": self.name,
            "organisation": self.organisation,
        }


AUTHORITY: Final = "菱湖区房屋征收办公室"
REGULATOR: Final = "菱湖区住房和城乡建设局"
AUDIT: Final = "菱湖区审计局"
INSPECTION: Final = "菱湖区纪检监察组"
PLATFORM: Final = "菱湖区数据中心"
DEVELOPER: Final = "菱湖滨江置业有限公司"
HOUSEHOLD_PROJECT: Final = "港华路二期"

DEMO_ACCOUNTS: Final = (
    DemoAccount(Role.HOUSEHOLD, "household", "陈桂兰", HOUSEHOLD_PROJECT),
    DemoAccount(Role.HELPER, "helper", "陈小梅", HOUSEHOLD_PROJECT),
    DemoAccount(Role.DEVELOPER, "developer", "方晓梅", DEVELOPER, Duty.MANAGER),
    DemoAccount(Role.DEVELOPER, "finance", "孟庆云", DEVELOPER, Duty.FINANCE),
    DemoAccount(Role.DEVELOPER, "sales", "罗文静", DEVELOPER, Duty.SALES),
    DemoAccount(Role.OFFICER, "officer", "汪建国", AUTHORITY),
    DemoAccount(Role.CHECKER, "checker", "李淑芬", AUTHORITY),
    DemoAccount(Role.REGULATOR, "regulator", "程志远", REGULATOR),
    DemoAccount(Role.AUDITOR, "auditor", "吴明", AUDIT),
    DemoAccount(Role.INSPECTOR, "inspector", "沈玉清", INSPECTION),
    DemoAccount(Role.ADMINISTRATOR, "administrator", "赵磊", PLATFORM),
)
