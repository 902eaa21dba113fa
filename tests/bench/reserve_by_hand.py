"""A lock written by hand in psycopg: the rows that the service writes, and none of its care.

It reads the quote, locks home and voucher, and writes redemption, allocation, two pending transfers, the
account's sum, the move, the messages to household and developer, the home, the jobs for search, delivery and
twins of the home, and the audit row with its head. It writes what goes to one table in one statement where it
can. What the service checks is left out, or asked in one question: that the quote is unused and still true,
the home listed and free, and how many the household holds.
"""

import hashlib
import hmac
import json
import math
from datetime import UTC, datetime
from typing import Any

import psycopg

from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_ref

GROUND = """
    SELECT (SELECT state FROM pool_listings WHERE district_id = %(district)s AND home_id = %(home)s),
           (SELECT amount_fen FROM price_versions
            WHERE home_id = %(home)s AND kind = 'voucher' AND effective_to IS NULL),
           EXISTS (SELECT FROM planned_prices
                   WHERE home_id = %(home)s AND state = 'waiting' AND effective_at <= %(now)s)
           OR EXISTS (SELECT FROM promotions JOIN homes USING (development_id)
                      WHERE homes.id = %(home)s AND starts_at <= %(now)s
                      AND least(ends_at, stopped_at) > %(now)s),
           (SELECT ref FROM redemptions WHERE quote_id = %(quote)s),
           (SELECT count(*) FROM redemptions
            WHERE household_id = %(household)s AND state = 'locked' AND deadline_at > %(now)s)
"""
HOLD = """
    WITH paid AS (
        UPDATE ledger_accounts SET debits_pending = debits_pending + %(amount)s
        WHERE id = %(debit)s AND debits_posted + debits_pending + %(amount)s <= credits_posted RETURNING id
    )
    INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen, code,
                                  idempotency_key, at)
    SELECT %(district)s, 'pending', id, %(credit)s, %(amount)s, 'redemption.spend', %(key)s, %(now)s FROM paid
    RETURNING id
"""
HOLD_BONUS = """
    INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen, code,
                                  idempotency_key, at)
    VALUES (%s, 'pending', %s, %s, %s, 'redemption.bonus', %s, %s) RETURNING id
"""
REDEMPTION = """
    INSERT INTO redemptions (district_id, ref, household_id, home_id, developer_id, quote_id, state,
                             price_fen, top_up_fen, locked_at, deadline_at)
    VALUES (%s, %s, %s, %s, %s, %s, 'locked', %s, %s, %s, %s) RETURNING id
"""
ALLOCATION = """
    INSERT INTO allocations (district_id, redemption_id, voucher_id, spent_fen, bonus_fen, bonus_bp,
                             transfer_id, bonus_transfer_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
MOVE = """
    INSERT INTO redemption_moves (district_id, redemption_id, action, to_state, user_id, role, at)
    VALUES (%s, %s, 'reserve', 'locked', %s, 'household', %s)
"""
JOBS = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
    VALUES ('default', 'search.index', 0, %s), ('default', 'notices.deliver', 0, %s),
           ('default', 'sales.look_for_twins', 0, %s)
"""
NOTICES = """
    INSERT INTO notices (district_id, ref, household_id, organisation_id, kind, once, subject, text,
                         about_type, about_ref, must_see, written_at, state, way, tries, due_at)
    VALUES (%s, %s, %s, NULL, %s, %s, %s, %s, 'redemption', %s, false, %s, 'due', 'sms', 0, %s),
           (%s, %s, NULL, %s, %s, %s, %s, %s, 'redemption', %s, false, %s, 'inbox', NULL, 0, NULL)
    ON CONFLICT (once) DO NOTHING RETURNING id
"""
TOLD = (
    "滨江花园 3幢2单元1101室已被锁定，房票价 462,000 元。请在2016年6月16日（星期四）24:00 前签订合同并录入。"
)
"""As long as what the service writes."""
AUDIT = """
    INSERT INTO audit_rows (chain, seq, at, user_id, role, district_id, action, object_type, object_id,
                            detail, key_id, mac)
    VALUES (%s, %s, %s, %s, 'household', %s, 'redemption.reserve', 'redemption', %s, %s, %s, %s)
"""


class ByHand:
    """Locks homes on one connection."""

    def __init__(
        self, connection: psycopg.Connection[Any], *, key: bytes, bonus: int, payable: int, checks: bool
    ) -> None:
        self._connection = connection
        self._checks = checks
        self._key = key
        self._bonus, self._payable = bonus, payable

    def reserve(self, actor: Actor, quote_ref: str, now: datetime) -> None:
        """Lock the home of a quote over one voucher."""
        run = self._connection.execute
        with self._connection.transaction():
            quote_id, district, household, home, frozen = self._fetch(
                "SELECT id, district_id, household_id, home_id, snapshot FROM quotes WHERE ref = %s"
                " AND household_id = %s AND district_id = %s",
                [quote_ref, actor.household, actor.district],
            )
            (part,) = frozen["parts"]
            (status,) = self._fetch("SELECT status FROM homes WHERE id = %s FOR NO KEY UPDATE", [home])
            (account,) = self._fetch(
                "SELECT account_id FROM vouchers WHERE id = %s FOR NO KEY UPDATE", [part["voucher_id"]]
            )
            if self._checks:
                about = {"home": home, "quote": quote_id, "household": household}
                ground = self._fetch(GROUND, {**about, "district": district, "now": now})
                listing, price_fen, moving, used, held = ground
                if (status, listing, moving, used) != ("free", "listed", False, None):
                    raise LookupError(ground)
                if price_fen < frozen["price_fen"] or held >= (frozen["hold_homes"] or math.inf):
                    raise LookupError(ground)
            given = [frozen["price_fen"], frozen["top_up_fen"], now, frozen["hold_until"]]
            developer = frozen["home"]["developer_id"]
            (redemption,) = self._fetch(
                REDEMPTION, [district, new_ref("GF"), household, home, developer, quote_id, *given]
            )
            (spent,) = self._fetch(
                HOLD,
                {
                    "amount": part["spent_fen"],
                    "debit": account,
                    "credit": self._payable,
                    "district": district,
                    "key": f"redemption.spend:{redemption}:{part['voucher_id']}",
                    "now": now,
                },
            )
            key = f"redemption.bonus:{redemption}:{part['voucher_id']}"
            (bonus,) = self._fetch(
                HOLD_BONUS, [district, self._bonus, self._payable, part["bonus_fen"], key, now]
            )
            sums = [part["spent_fen"], part["bonus_fen"], part["rate_bp"], spent, bonus]
            run(ALLOCATION, [district, redemption, part["voucher_id"], *sums])
            run("UPDATE homes SET status = 'locked', doc_version = doc_version + 1 WHERE id = %s", [home])
            run(MOVE, [district, redemption, actor.user_id, now])
            told = ("房源已被锁定", TOLD, "GF", now)
            (notice,) = self._fetch(
                NOTICES,
                [
                    *(district, new_ref("XX"), household, "lock_made", f"lock_made:{redemption}", *told),
                    clock.system_now(),
                    *(district, new_ref("XX"), developer, "developer_lock_made", f"told:{redemption}", *told),
                ],
            )
            jobs = ({"home_ids": [home]}, {"notice_id": notice}, {"home_id": home})
            run(JOBS, [json.dumps(one) for one in jobs])
            sums_held = {"spent_fen": part["spent_fen"], "bonus_fen": part["bonus_fen"]}
            top_up = {"top_up_fen": frozen["top_up_fen"]}
            self._note(actor, redemption, {"home_id": home, "quote_id": quote_id, **sums_held, **top_up}, now)

    def _note(self, actor: Actor, redemption: int, detail: dict[str, Any], now: datetime) -> None:
        chain, seq, last = self._fetch(
            "SELECT chain, seq, last_mac FROM audit_heads ORDER BY chain LIMIT 1"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [],
        )
        body = json.dumps({"at": now.astimezone(UTC).isoformat(), **detail}, sort_keys=True).encode()
        mac = hmac.digest(self._key, last + body, hashlib.sha256)
        own = hmac.digest(self._key, mac, hashlib.sha256)
        self._connection.execute(
            AUDIT,
            [
                *(chain, seq + 1, now, actor.user_id, actor.district, redemption),
                *(json.dumps(detail), "test", mac),
            ],
        )
        self._connection.execute(
            "UPDATE audit_heads SET seq = %s, last_mac = %s, own_mac = %s WHERE chain = %s",
            [seq + 1, mac, own, chain],
        )

    def _fetch(self, query: str, values: Any) -> tuple[Any, ...]:
        row = self._connection.execute(query, values).fetchone()
        if row is None:
            raise LookupError(query)
        return tuple(row)
