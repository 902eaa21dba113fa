"""What the rule of an ending pays of what came back after it, worked out to the fen (decision 0040)."""

from typing import Final

from app.vouchers.family_proofs import IN_PARTS
from app.vouchers.payout_proofs import TOGETHER, lost, paid, with_
from app.vouchers.proofs import STARTED_ON
from app.vouchers.spared_proofs import taken_of_cash, taken_of_priced

_PIECES: Final = """
    SELECT o.id, o.voucher_id, o.leftover_fen - over.fen - said.others_fen AS own_fen, said.others_fen,
           said.own_rules_fen, said.rules_fen, over.fen AS over_fen,
           greatest(coalesce(said.rules_fen, 0), o.paid_fen - over.fen) AS had_fen
    FROM voucher_endings o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((one #>> '{figures,over_fen}')::bigint), 0) AS fen
        FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one)
        WHERE one ->> 'code' = 'claw_back_over') AS over
    CROSS JOIN LATERAL (
        SELECT coalesce(max((one #>> '{figures,others_fen}')::bigint), 0) AS others_fen,
               max((one #>> '{figures,own_rules_fen}')::bigint) AS own_rules_fen,
               max((one #>> '{figures,rules_fen}')::bigint) AS rules_fen
        FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one)
        WHERE one ->> 'code' = 'by_the_ending') AS said
    WHERE o.kind = 'back' AND o.voucher_id = ANY (line.ids) AND o.id <= e.id
"""
"""Every sum that came back up to one, parted by who undid the purchase, and what each was told to bring."""

_EARNED: Final = """
    SELECT coalesce(sum(PRICED + CASE WHEN undone.id IS NULL THEN IN_CASH ELSE 0 END), 0) AS fen
    FROM (WITH RECURSIVE counted AS (
              SELECT f.voucher_id AS id
              UNION SELECT b.id FROM vouchers b JOIN counted ON b.successor_id = counted.id)
          SELECT id FROM counted) AS counted
    JOIN allocations a ON a.voucher_id = counted.id JOIN redemptions r ON r.id = a.redemption_id
    LEFT JOIN LATERAL (SELECT sum(c.bonus_back_fen) AS bonus_fen, sum(c.cash_back_fen) AS cash_fen
                       FROM change_parts c WHERE c.allocation_id = a.id AND c.at <= e.asked_at) back ON true
    LEFT JOIN purchase_changes undone ON undone.redemption_id = r.id AND undone.state = 'done'
         AND undone.price_fen IS NULL AND undone.ended_at <= e.asked_at
    WHERE r.state IN ('locked', 'contracted', 'checked', 'redeemed')
       OR r.state = 'reversed' AND EXISTS (SELECT FROM ledger_transfers t
                                           WHERE t.pending_id = a.transfer_id AND t.kind = 'post')
""".replace("PRICED", taken_of_priced("coalesce(back.bonus_fen, 0)")).replace(
    "IN_CASH", taken_of_cash("coalesce(back.cash_fen, 0)")
)
"""What of the bonus was earned at the moment at which a sum had come back, as far as it takes of that."""


_IS_OF_OTHERS: Final = """
    EXISTS (
        WITH RECURSIVE stood_for AS (
            SELECT v.id, v.household_id
            UNION SELECT b.id, b.household_id FROM vouchers b JOIN stood_for ON b.successor_id = stood_for.id)
        SELECT FROM stood_for WHERE stood_for.household_id <> v.household_id)
"""
"""Whether a voucher v stands for one of another household: what comes back to that makes its face less."""


_NEVER: Final = """
    (SELECT pays.effect, greatest(0, pays.fen - f.paid_fen - went_back.fen) AS fen
     FROM (SELECT counted.face_fen, greatest(0, counted.spent_fen - BACK) AS spent_fen
           FROM COUNTED AS counted) AS used
     CROSS JOIN LATERAL TAKEN AS lost CROSS JOIN LATERAL PAYS AS pays)
"""


def _never(back: str) -> str:
    """Return what computes what an ending would have paid beyond what it did, had so much not been spent."""
    spent, left = f"(f.spent_fen - least(f.spent_fen, {back}))", f"(f.leftover_fen + {back})"
    face = f"({spent} + {left})"
    taken_off = lost(
        kind="f.kind",
        body="p.body",
        face=face,
        spent=spent,
        left=left,
        issued="v",
        added_to="v.face_fen",
    )
    pays = paid(
        kind="f.kind",
        body="p.body",
        face=face,
        spent=spent,
        left=left,
        bonus="earned.fen",
        lost_fen="lost.fen",
        together="used",
        started="days.started_on",
        asked="days.asked_on",
        shown="f.shown",
        rest=("0", "1"),
        claimed=("f.claimed_on", "days.asked_on"),
    )
    known = {"BACK": back, "COUNTED": TOGETHER.replace("SHOWN", "f.shown"), "TAKEN": taken_off, "PAYS": pays}
    return with_(_NEVER, known)


BACK_SUMS: Final = {
    "what its rule pays of what came back after an ending is worked out from the policy": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s %s fen, %s of its own and at most %s; by the policy %s %s, %s and %s',
                      said.effect, said.rules_fen, said.own_rules_fen, said.most_fen,
                      every.effect, least.fen, mine.fen, most.fen)
        FROM voucher_endings e
        CROSS JOIN LATERAL (
            SELECT max(one #>> '{figures,effect}') AS effect,
                   max((one #>> '{figures,rules_fen}')::bigint) AS rules_fen,
                   max(coalesce(one #>> '{figures,own_rules_fen}', one #>> '{figures,rules_fen}')::bigint)
                   AS own_rules_fen,
                   max(coalesce(one #>> '{figures,most_fen}', one #>> '{figures,rules_fen}')::bigint)
                   AS most_fen
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' = 'by_the_ending') AS said
        CROSS JOIN LATERAL (
            WITH RECURSIVE after AS (
                SELECT e.voucher_id AS id
                UNION SELECT b.successor_id FROM vouchers b JOIN after ON b.id = after.id
                WHERE b.successor_id IS NOT NULL)
            SELECT id FROM after) AS after
        JOIN voucher_endings f ON f.voucher_id = after.id AND f.kind <> 'back'
             AND f.state IN ('approved', 'paid', 'returned', 'renewed', 'closed')
        JOIN vouchers v ON v.id = f.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id JOIN agreements g ON g.id = v.agreement_id
        CROSS JOIN LATERAL (SELECT STARTED_ON AS started_on,
                                   (f.asked_at AT TIME ZONE 'Asia/Shanghai')::date AS asked_on) AS days
        CROSS JOIN LATERAL (
            SELECT array_agg(id) AS ids FROM (
                WITH RECURSIVE stood_for AS (
                    SELECT f.voucher_id AS id
                    UNION SELECT b.id FROM vouchers b JOIN stood_for ON b.successor_id = stood_for.id
                    WHERE b.household_id = v.household_id)
                SELECT id FROM stood_for) AS every) AS line
        CROSS JOIN LATERAL (EARNED) AS earned
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.amount_fen), 0) AS fen FROM ledger_transfers t
            WHERE t.credit_account_id = v.account_id AND t.code = 'ending.bonus.back'
              AND t.at <= e.asked_at) AS went_back
        CROSS JOIN LATERAL (
            SELECT sum(own_fen) AS own_fen, sum(own_fen + others_fen) AS back_fen,
                   coalesce(sum(others_fen), 0) AS others_fen,
                   coalesce(sum(coalesce(own_rules_fen, had_fen)) FILTER (WHERE id < e.id), 0)
                   AS own_rules_fen,
                   coalesce(sum(had_fen) FILTER (WHERE id < e.id), 0) AS had_fen,
                   sum(own_fen) FILTER (WHERE id = e.id) AS own_now_fen,
                   sum(others_fen) FILTER (WHERE id = e.id) AS others_now_fen,
                   sum(own_fen + others_fen) FILTER (WHERE id = e.id) AS now_fen,
                   coalesce(bool_or(had_fen > rules_fen AND voucher_id <> e.voucher_id)
                            FILTER (WHERE id < e.id), false) AS is_later
            FROM (PIECES) AS pieces) AS back
        CROSS JOIN LATERAL NEVER_ALL AS every
        CROSS JOIN LATERAL NEVER_OWN AS own
        CROSS JOIN LATERAL (
            SELECT CASE WHEN back.own_fen = 0 THEN 0 ELSE own.fen END AS fen) AS own_rule
        CROSS JOIN LATERAL (
            SELECT least(back.own_now_fen, greatest(0, own_rule.fen - back.own_rules_fen)) AS fen) AS mine
        CROSS JOIN LATERAL (
            SELECT greatest(every.fen, own_rule.fen + back.others_fen) - back.had_fen AS fen) AS whole
        CROSS JOIN LATERAL (
            SELECT least(back.now_fen, greatest(0, every.fen - back.had_fen,
                                                least(mine.fen, whole.fen))) AS fen) AS least
        CROSS JOIN LATERAL (
            SELECT least(back.now_fen, greatest(least.fen, least(mine.fen + back.others_now_fen, whole.fen)))
                   AS fen) AS most
        WHERE e.kind = 'back' AND said.effect IS NOT NULL AND NOT back.is_later
          AND (v.move_id IS NULL OR NOT IN_PARTS
               AND (f.face_fen = v.face_fen AND NOT IS_OF_OTHERS OR NOT EXISTS (
               SELECT FROM jsonb_array_elements(CASE jsonb_typeof(p.body -> 'face')
                                                WHEN 'array' THEN p.body -> 'face' END) AS lines (line)
               WHERE line -> 'lost_on' ? CASE f.kind WHEN 'payout' THEN 'leftover' ELSE f.kind END)))
          AND (said.effect, said.rules_fen, said.own_rules_fen, said.most_fen) IS DISTINCT FROM
              (every.effect, least.fen, mine.fen, most.fen)
    """.replace("STARTED_ON", STARTED_ON)
    .replace("IN_PARTS", IN_PARTS)
    .replace("IS_OF_OTHERS", _IS_OF_OTHERS)
    .replace("EARNED", _EARNED)
    .replace("PIECES", _PIECES)
    .replace("NEVER_ALL", _never("back.back_fen"))
    .replace("NEVER_OWN", _never("back.own_fen")),
    "what others undid is told of what came back as the changes of purchases say": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s of %s fen, by the changes %s', said.fen, e.leftover_fen, undone.fen)
        FROM voucher_endings e
        CROSS JOIN LATERAL (
            SELECT sum((one #>> '{figures,over_fen}')::bigint) AS fen
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' = 'claw_back_over') AS over
        CROSS JOIN LATERAL (
            SELECT sum(coalesce(one #>> '{figures,others_fen}', '0')::bigint) AS fen
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' = 'by_the_ending' AND one #>> '{figures,own_rules_fen}' IS NOT NULL) AS said
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(least(back_fen,
                                      greatest(0, e.leftover_fen - coalesce(over.fen, 0) - newer_fen)))
                            FILTER (WHERE NOT is_own), 0) AS fen
            FROM (SELECT c.is_own, part.back_fen,
                         sum(part.back_fen) OVER (ORDER BY part.transfer_id DESC) - part.back_fen AS newer_fen
                  FROM change_parts part JOIN purchase_changes c ON c.id = part.change_id
                  JOIN allocations a ON a.id = part.allocation_id
                  WHERE a.voucher_id = e.voucher_id AND part.back_fen > 0 AND part.at <= e.asked_at) AS parts
            ) AS undone
        WHERE e.kind = 'back' AND said.fen IS DISTINCT FROM undone.fen AND said.fen IS NOT NULL
    """,
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Left out is what can be worked out no
more: a past that a split parted, what was added to a face that changed hands or grew since, and bits of
several vouchers of which an earlier one was decided later. Of those the bounds in ``back_proofs`` hold."""
