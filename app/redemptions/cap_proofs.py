"""What must hold between bonuses and every cap of their policies, as queries for what does not."""

from typing import Final

from app.redemptions.bonus_proofs import EACH_BONUS, M2, RESIDENTS, TOLD, UNSPLIT
from app.redemptions.tier_proofs import LAST_DAY, held
from app.vouchers.family_proofs import FAMILY, MIXED
from app.vouchers.heir_proofs import grown
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half

_MOST: Final = (
    """
    coalesce(
        (cap ->> 'yuan')::bigint, floor((cap ->> 'yuan_per_m2')::bigint * w.old_area_m2)::bigint,
        floor((cap ->> 'yuan_per_entitled_m2')::bigint * ENTITLED_M2)::bigint,
        (cap ->> 'yuan_per_resident')::bigint * RESIDENTS,
        floor((cap ->> 'yuan_per_home_m2')::bigint
              * (q.snapshot -> 'home' ->> 'area_m2')::numeric)::bigint,
        GROWN * (cap ->> 'share_of_face')::bigint / 10000,
        r.price_fen * (cap ->> 'share_of_price')::bigint / 10000,
        CASE WHEN cap ? 'share_of_faces' THEN (
            SELECT div(sum(u.face_fen) * (cap ->> 'share_of_faces')::bigint, 10000) FROM vouchers u
            WHERE u.household_id = v.household_id AND u.state = 'issued') END,
        CASE WHEN cap ? 'share_of_compensation' THEN greatest(0, (
            SELECT div((cap ->> 'share_of_compensation')::bigint * sum(CASE WHEN cap ? 'parts' THEN (
                SELECT coalesce(sum(l.amount_fen), 0) FROM agreement_lines l
                WHERE l.agreement_id = o.id AND cap -> 'parts' ? l.kind) ELSE o.compensation_fen END), 10000)
            FROM agreements o WHERE o.household_id = g.household_id)) END)
""".replace("ENTITLED_M2", M2)
    .replace("RESIDENTS", RESIDENTS)
    .replace("GROWN", grown("v"))
)
"""What a cap comes to in fen."""

_EARNED: Final = """
    (SELECT sum(greatest(0, CASE WHEN whose.path = 'bonus_caps' OR b.bonuses || b.cash_bonuses = '{}'
                            THEN b.bonus_fen
                            ELSE (b.bonuses || b.cash_bonuses ->> whose.path)::bigint END
                            - b.bonus_back_fen
                            - CASE whose.path WHEN 'bonus_caps' THEN 0 ELSE b.cash_back_fen END))
     FROM allocations b JOIN redemptions o ON o.id = b.redemption_id
     JOIN vouchers u ON u.id = b.voucher_id JOIN agreements k ON k.id = u.agreement_id
     WHERE SCOPE AND b.id <= a.id AND u.policy_version_id = v.policy_version_id
       AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed'))
"""
"""What was earned up to an allocation of a bonus at a path, or of all that count towards the price."""

_OF_AGREEMENTS: Final = """
    cap ?| '{yuan,yuan_per_m2,yuan_per_entitled_m2,yuan_per_resident,share_of_compensation}'
"""
"""Whether agreements decide a cap of a household: whoever holds vouchers over them shares it."""

_OF_CAP: Final = (
    """
    CASE WHEN cap ->> 'of' = 'home' THEN OF_HOME WHEN cap ->> 'of' = 'voucher' THEN OF_VOUCHER
         WHEN BY_AGREEMENTS THEN OF_ORIGIN ELSE OF_HOLDER END
""".replace("OF_HOME", _EARNED.replace("SCOPE", "b.redemption_id = a.redemption_id"))
    .replace("OF_VOUCHER", _EARNED.replace("SCOPE", "b.voucher_id = a.voucher_id"))
    .replace("OF_ORIGIN", _EARNED.replace("SCOPE", "k.household_id = g.household_id"))
    .replace("OF_HOLDER", _EARNED.replace("SCOPE", "u.household_id = v.household_id"))
    .replace("BY_AGREEMENTS", _OF_AGREEMENTS)
)
"""What was earned of what a cap limits."""

_OVER: Final = """
    SELECT a.district_id, 'allocation', a.id,
           format('%s: %s fen, at most %s', whose.path, earned.fen, most.fen)
    FROM (WITH said AS MATERIALIZED (
              SELECT p.id AS of_policy, path, bonus, cap
              FROM policy_versions p CROSS JOIN LATERAL (CAPS) AS one (path, bonus, cap))
          SELECT * FROM said) AS whose
    JOIN policy_versions p ON p.id = whose.of_policy
    JOIN vouchers v ON v.policy_version_id = p.id
    JOIN allocations a ON a.voucher_id = v.id
    JOIN redemptions r ON r.id = a.redemption_id JOIN quotes q ON q.id = r.quote_id
    JOIN agreements g ON g.id = v.agreement_id JOIN homes h ON h.id = r.home_id
    JOIN households w ON w.id = g.household_id
    CROSS JOIN LATERAL (SELECT OF_CAP AS fen) AS earned
    CROSS JOIN LATERAL (SELECT MOST AS fen) AS most
    WHERE r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
      AND CASE WHEN whose.path = 'bonus_caps' OR a.bonuses || a.cash_bonuses = '{}' THEN a.bonus_fen
          ELSE (a.bonuses || a.cash_bonuses ->> whose.path)::bigint END > 0
      AND earned.fen > most.fen AND MATTERS AND UNSPLIT
      AND (NOT cap ? 'share_of_faces' OR NOT EXISTS (
          SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL)))
      AND (NOT (BY_AGREEMENTS) OR TOLD)
"""
"""What was earned over caps. They are looked up once, before all else: nobody tells PostgreSQL how few they
are, and looked up for each purchase they had it read every agreement as often."""


def _over(caps: str, matters: str) -> str:
    """Return the query for what was earned over the caps that one selects, as far as they matter."""
    query = _OVER.replace("CAPS", caps.replace("EACH_BONUS", EACH_BONUS)).replace("MATTERS", matters)
    words = {"OF_CAP": _OF_CAP, "MOST": _MOST, "BY_AGREEMENTS": _OF_AGREEMENTS}
    for word, meaning in {**words, "TOLD": TOLD, "UNSPLIT": UNSPLIT}.items():
        query = query.replace(word, meaning)
    return query


_LATER: Final = """
    bonus ->> 'delay' = 'counts' AND bonus ->> 'fixed_by' IN ('filed', 'verified', 'paid')
"""
"""Whether a day that offices or the bank choose after the lock may decide the tier."""

_TIERS: Final = (
    """
    (SELECT tier
     FROM (SELECT (q.made_at AT TIME ZONE 'Asia/Shanghai')::date AS made_on,
                  CASE bonus ->> 'counted_from'
                       WHEN 'agreement' THEN v.stood_still_days + g.signed_on
                       WHEN 'issue' THEN v.stood_still_days
                            + (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date
                       ELSE STARTED_ON END AS started_on) AS days
     CROSS JOIN LATERAL (SELECT CASE bonus ->> 'fixed_by' WHEN 'agreement' THEN g.signed_on
                                     ELSE made_on END AS day) AS decided
     CROSS JOIN LATERAL (
         SELECT tier FROM HELD AS held WHERE NOT (BY_A_LATER_DAY)
         UNION ALL
         SELECT tier FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
         WHERE (BY_A_LATER_DAY) AND day <= LAST_DAY
           AND (coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? h.kind
                OR bonus ->> 'spent_on' = 'earning')) AS tiers) AS its
""".replace("BY_A_LATER_DAY", _LATER)
    .replace("HELD", held("day"))
    .replace("STARTED_ON", STARTED_ON)
    .replace("LAST_DAY", LAST_DAY)
)
"""The tier that held on the day of the lock, or each that may have; where a later day decides, each that it
may still choose."""

_TIER: Final = """
    cap IN (SELECT one FROM TIERS CROSS JOIN jsonb_array_elements(tier -> 'caps') AS caps (one))
    AND NOT EXISTS (
        SELECT FROM TIERS
        WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(tier -> 'caps') AS caps (cap)
                          WHERE OF_CAP > MOST))
""".replace("TIERS", _TIERS)
"""Whether a cap is one of such a tier, and none of these tiers allows what was earned."""

CAPS: Final = {
    "a voucher earns no more than its policy's caps": """
        SELECT v.district_id, 'voucher', v.id, format('%s: %s fen of bonus, at most %s', path, sum(fen), most)
        FROM allocations a JOIN redemptions r ON r.id = a.redemption_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (
            SELECT 'bonus' AS path, a.bonus_fen - a.bonus_back_fen AS fen,
                   p.body -> 'bonus' -> 'caps' AS caps, p.body -> 'bonus' AS bonus
            WHERE a.bonuses || a.cash_bonuses = '{}'
            UNION ALL
            SELECT path, greatest(0, fen::bigint - a.cash_back_fen), bonus -> 'caps', bonus
            FROM jsonb_each_text(a.bonuses || a.cash_bonuses) AS bonuses (path, fen)
            CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(p.body -> 'bonus')
                WHEN 'array' THEN p.body -> 'bonus' -> substring(path FROM '[0-9]+')::int
                ELSE p.body -> 'bonus' END AS bonus) AS said
            UNION ALL
            SELECT 'bonus_caps', a.bonus_fen - a.bonus_back_fen, p.body -> 'bonus_caps', NULL
        ) AS earned
        CROSS JOIN LATERAL (
            SELECT least(
                (SELECT min(coalesce((cap ->> 'yuan')::bigint,
                                     GROWN * (cap ->> 'share_of_face')::bigint / 10000))
                 FROM jsonb_array_elements(coalesce(caps, '[]')) AS caps (cap)
                 WHERE cap ->> 'of' = 'voucher'),
                (SELECT max(greatest(GROWN * coalesce((tier ->> 'rate')::bigint, 10000) / 10000,
                                     (tier ->> 'least_yuan')::bigint))
                 FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
                 WHERE bonus ->> 'base' = 'face') + HALF) AS most
        ) AS limits
        WHERE r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
        GROUP BY v.id, path, most HAVING sum(fen) > most AND UNSPLIT
    """.replace("UNSPLIT", UNSPLIT)
    .replace("HALF", half("bonus ->> 'rounding'"))
    .replace("GROWN", grown("v")),
    "what came of one voucher earns no more of its face than the policy has for one": """
        SELECT * FROM (WITH RECURSIVE FAMILY
        SELECT v.district_id, 'voucher', v.id, format('%s: %s fen of bonus, at most %s', path, sum(fen), most)
        FROM came JOIN vouchers v ON v.id = came.root JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN allocations a ON a.voucher_id = came.id JOIN redemptions r ON r.id = a.redemption_id
        CROSS JOIN LATERAL (
            SELECT 'bonus' AS path, a.bonus_fen - a.bonus_back_fen AS fen, p.body -> 'bonus' AS bonus
            WHERE a.bonuses || a.cash_bonuses = '{}'
            UNION ALL
            SELECT path, greatest(0, fen::bigint - a.cash_back_fen - a.bonus_back_fen),
                   CASE jsonb_typeof(p.body -> 'bonus')
                        WHEN 'array' THEN p.body -> 'bonus' -> substring(path FROM '[0-9]+')::int
                        ELSE p.body -> 'bonus' END
            FROM jsonb_each_text(a.bonuses || a.cash_bonuses) AS bonuses (path, fen)
        ) AS earned
        CROSS JOIN LATERAL (
            SELECT least(
                (SELECT min(coalesce((cap ->> 'yuan')::bigint,
                                     v.face_fen * (cap ->> 'share_of_face')::bigint / 10000))
                 FROM jsonb_array_elements(coalesce(bonus -> 'caps', '[]')) AS caps (cap)
                 WHERE cap ->> 'of' = 'voucher'),
                (SELECT max(greatest(v.face_fen * coalesce((tier ->> 'rate')::bigint, (
                            SELECT max((step ->> 'rate')::bigint) FROM jsonb_array_elements(
                                coalesce(tier -> 'steps', tier -> 'brackets', tier -> 'slices'))
                                AS steps (step))) / 10000, (tier ->> 'least_yuan')::bigint))
                 FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
                 WHERE bonus ->> 'base' = 'face')
                + HALF * (SELECT count(*) FROM came AS every WHERE every.root = v.id),
                (SELECT max((tier ->> 'yuan')::bigint)
                 FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
                 WHERE bonus ->> 'base' = 'fixed' AND bonus ->> 'per' = 'voucher')) AS most
        ) AS limits
        WHERE r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
        GROUP BY v.id, path, most HAVING sum(fen) > most AND NOT MIXED) AS families
    """.replace("FAMILY", FAMILY)
    .replace("MIXED", MIXED)
    .replace("HALF", half("bonus ->> 'rounding'")),
    "no purchase earns more than the caps of its tier": _over(
        """
        SELECT said.path, bonus, cap FROM (EACH_BONUS) AS said
        CROSS JOIN jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
        CROSS JOIN jsonb_array_elements(tier -> 'caps') AS caps (cap)
        """,
        _TIER,
    ),
    "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs": _over(
        """
        SELECT said.path, bonus, cap FROM (EACH_BONUS) AS said
        CROSS JOIN jsonb_array_elements(bonus -> 'caps') AS caps (cap)
        UNION ALL
        SELECT 'bonus_caps', NULL, cap FROM jsonb_array_elements(p.body -> 'bonus_caps') AS caps (cap)
        """,
        "true",
    ),
}
"""As ``proofs.PROOFS``, and run together with them."""
