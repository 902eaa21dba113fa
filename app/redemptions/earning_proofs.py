"""What must hold of bonuses of what is spent on the homes that they are for, as queries for what does not."""

from typing import Final

from app.redemptions.bonus_proofs import EACH_BONUS, STOOD, UNSPLIT
from app.vouchers.rounding_proofs import half

_IS_FOR: Final = """
    (is_in_area AND (s.home ->> 'area_m2')::numeric > coalesce((bonus #>> '{home_area,above}')::numeric, -1)
     AND (s.home ->> 'area_m2')::numeric <= coalesce((bonus #>> '{home_area,up_to}')::numeric, 'Infinity')
     AND coalesce(s.home ->> 'stage' = bonus ->> 'stage', NOT bonus ? 'stage')
     AND EXISTS (SELECT FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
                 WHERE coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? (s.home ->> 'kind')))
"""
"""Whether a bonus is for a home, or a space, as its quote ``s`` showed it, not as it stands today. A quote
names its district; where no district has that name any more, what only the district decides is not known."""

_IN_AREA: Final = """
    SELECT said.areas ?| ARRAY['any', s.home ->> 'development_ref']
           OR (SELECT said.areas ?| ARRAY[w.code, CASE w.id WHEN v.district_id THEN 'own' END]
               FROM districts w WHERE w.name = s.home ->> 'district') AS is_in_area
    FROM (SELECT CASE jsonb_typeof(bonus -> 'areas') WHEN 'array' THEN bonus -> 'areas'
                      ELSE jsonb_build_array(coalesce(bonus ->> 'areas', 'any')) END AS areas) AS said
"""

_EARNED: Final = """
    CASE WHEN b.bonuses || b.cash_bonuses = '{}' THEN b.bonus_fen
         ELSE coalesce((b.bonuses || b.cash_bonuses ->> path)::bigint, 0) END
"""

EARNING: Final = {
    "a home counts for the bonuses that are for it": """
        SELECT b.district_id, 'allocation', b.id, format('%s: %s', path, b.counts_for)
        FROM policy_versions p
        CROSS JOIN LATERAL (EACH_BONUS) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations b ON b.voucher_id = v.id
        JOIN redemptions o ON o.id = b.redemption_id
        CROSS JOIN LATERAL (SELECT q.snapshot -> 'home' AS home FROM quotes q WHERE q.id = o.quote_id) AS s
        CROSS JOIN LATERAL (IN_AREA) AS area
        WHERE bonus ->> 'spent_on' = 'earning' AND IS_FOR <> b.counts_for ? path
    """.replace("EACH_BONUS", EACH_BONUS)
    .replace("IS_FOR", _IS_FOR)
    .replace("IN_AREA", _IN_AREA),
    "no bonus is more than its rate of what was spent on the homes that it is for": """
        SELECT a.district_id, 'allocation', a.id,
               format('%s: %s fen of %s, at %s', path, had.earned_fen, had.spent_fen, rates.rate)
        FROM policy_versions p
        CROSS JOIN LATERAL (EACH_BONUS) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id
        CROSS JOIN LATERAL (
            SELECT sum(given.fen) AS all_fen,
                   coalesce(sum(given.fen) FILTER (WHERE b.counts_for ? path), 0) AS spent_fen,
                   sum(greatest(0, EARNED - CASE WHEN b.id = a.id THEN 0
                                            ELSE b.bonus_back_fen + b.cash_back_fen END))
                       FILTER (WHERE o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed'))
                       AS earned_fen,
                   max(EARNED) FILTER (WHERE b.id = a.id) AS own_fen
            FROM allocations b JOIN redemptions o ON o.id = b.redemption_id
            CROSS JOIN LATERAL (
                SELECT b.spent_fen - coalesce(sum(part.back_fen), 0) AS fen
                FROM change_parts part JOIN purchase_changes c ON c.id = part.change_id
                WHERE part.allocation_id = b.id AND c.state = 'done' AND c.ended_at < r.locked_at) AS given
            WHERE b.voucher_id = v.id AND b.id <= a.id AND STOOD) AS had
        CROSS JOIN LATERAL (
            SELECT max(greatest((tier ->> 'rate')::bigint, (
                SELECT max((step ->> 'rate')::bigint)
                FROM jsonb_array_elements(coalesce(tier -> 'steps', tier -> 'brackets', tier -> 'slices',
                                                   tier -> 'slices_of_face')) AS steps (step)
                WHERE coalesce(bonus ->> 'spent_of' = 'household', false)
                   OR had.all_fen * 10000 >= v.face_fen * coalesce(
                          (step ->> 'spent_from')::bigint, (step ->> 'spent_above')::bigint, 0)))) AS rate
            FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)) AS rates
        WHERE bonus ->> 'spent_on' = 'earning' AND had.own_fen > 0
          AND had.earned_fen > div(had.spent_fen * coalesce(rates.rate, 0), 10000) + HALF
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND v.move_id IS NULL AND UNSPLIT
    """.replace("EACH_BONUS", EACH_BONUS)
    .replace("EARNED", _EARNED)
    .replace("STOOD", STOOD)
    .replace("HALF", half("bonus ->> 'rounding'"))
    .replace("UNSPLIT", UNSPLIT),
}
"""As ``proofs.PROOFS``, which takes them in."""
