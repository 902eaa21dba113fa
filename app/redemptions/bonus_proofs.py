"""What must hold between the bonuses of purchases and their policies, as queries for what does not."""

from typing import Final

from app.redemptions.tier_proofs import LAST_DAY, rates
from app.vouchers.family_proofs import IN_PARTS
from app.vouchers.heir_proofs import grown
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half, step

_BEARS: Final = """
    (SELECT div(a.spent_fen::numeric * max((row ->> 'rate')::bigint)
                * CASE WHEN borne ->> 'per' = 'month' OR borne ->> 'count' IN ('months', 'begun_months')
                  THEN (made_on - started_on) / 28 + 1 ELSE made_on - started_on END,
                1000000 * CASE WHEN borne ->> 'per' <> 'year' THEN 1
                               WHEN borne ->> 'count' IN ('months', 'begun_months') THEN 12
                               ELSE (borne ->> 'days_in_year')::int END)
     FROM (SELECT tier -> 'interest' AS borne) AS interest
     CROSS JOIN jsonb_array_elements(coalesce(
         borne -> 'rates', borne -> 'terms', borne -> 'slices', jsonb_build_array(borne))) AS rows (row)
     GROUP BY borne)
"""
"""What a sum spent bears at most in whole fen, at the highest rate: exactly, at a single rate by days."""

EACH_BONUS: Final = """
    SELECT 'bonus' AS path, p.body -> 'bonus' AS bonus
    WHERE jsonb_typeof(p.body -> 'bonus') = 'object'
    UNION ALL
    SELECT format('bonus[%s]', place - 1), one
    FROM jsonb_array_elements(p.body -> 'bonus') WITH ORDINALITY AS several (one, place)
"""
"""Each bonus of a policy, with the path that tells it from the others."""

_SIGNED: Final = """
    g.signed_on BETWEEN coalesce((bonus ->> 'signed_from')::date, g.signed_on)
                    AND coalesce((bonus ->> 'signed_to')::date, g.signed_on)
"""
"""A bonus is for agreements of these days."""

_REACHED: Final = """(r.top_up_fen = 0 OR EXISTS (
                          SELECT FROM allocations o JOIN vouchers w ON w.id = o.voucher_id
                          JOIN policy_versions y ON y.id = w.policy_version_id
                          WHERE o.redemption_id = r.id AND y.body -> 'limits' @? '$[*].share_of_price'))"""
"""What was to be paid was reached, the price or a share of it: the last fen of a bonus may be over."""
_EARNED_BY: Final = "v.earns_bonus = (coalesce(bonus ->> 'earned_by', 'holder') = 'holder')"
"""A bonus is for vouchers that kept it, or for those that lost the others by a transfer."""

UNSPLIT: Final = """
    NOT EXISTS (SELECT FROM ledger_transfers t
                WHERE t.debit_account_id = v.account_id AND t.code IN ('voucher.split', 'voucher.inherit'))
    AND NOT EXISTS (SELECT FROM policy_versions p
                    WHERE p.id = v.policy_version_id AND IN_PARTS)
""".replace("IN_PARTS", IN_PARTS)
"""A voucher that was parted earned by a higher face than it has now, and what came of it may count more of
the past than it has of the face; asked only of what looks wrong."""

_ENTITLED: Final = """
    (SELECT coalesce(sum(greatest(e.WHICH, (
         SELECT max((c.payload -> 'was' ->> 'KEY')::numeric) FROM approval_requests c
         WHERE c.kind = 'agreement.entitled' AND c.subject_id = e.id AND c.state = 'approved'
           AND c.decided_at > q.made_at - interval '1 minute'))), 0)
     FROM agreements e
     WHERE e.household_id = g.household_id
       AND EXISTS (SELECT FROM vouchers i WHERE i.agreement_id = e.id AND i.issued_at IS NOT NULL))
"""
"""What the agreements of a household entitled to at most since a quote, as far as vouchers were issued: one
that is being made while a correction is decided may still read what stood before."""
M2: Final = _ENTITLED.replace("WHICH", "entitled_m2").replace("KEY", "m2")
RESIDENTS: Final = _ENTITLED.replace("WHICH", "residents").replace("KEY", "residents")

STOOD: Final = """
    (o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
     OR o.state <> 'reversed' AND o.ended_at >= r.locked_at
     OR o.state = 'reversed' AND EXISTS (
            SELECT FROM purchase_changes c
            WHERE c.redemption_id = o.id AND c.state = 'done' AND c.price_fen IS NULL
              AND c.ended_at >= r.locked_at))
"""
"""Whether a purchase counted when another was locked; what was written off keeps that day as its end when it
is undone, so its reversal says when."""

TOLD: Final = """(
    EXISTS (SELECT FROM jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
            WHERE (part ->> 'voucher_id')::bigint = a.voucher_id AND (part #>> '{past,origin}')::bigint > 0)
    OR NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                            AND (m.state = 'moved' OR m.move_id IS NOT NULL)))"""
"""Of purchases whose snapshot tells no origin, what was moved before counted for whoever held it."""


BONUSES: Final = {
    "no bonus of several is more than its tier pays": """
        SELECT a.district_id, 'allocation', a.id, format('%s: %s fen', path, fen)
        FROM allocations a
        JOIN redemptions r ON r.id = a.redemption_id JOIN quotes q ON q.id = r.quote_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN agreements g ON g.id = v.agreement_id JOIN homes h ON h.id = r.home_id
        JOIN households w ON w.id = v.household_id
        CROSS JOIN LATERAL jsonb_each_text(a.bonuses || a.cash_bonuses) AS bonuses (path, fen)
        CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(p.body -> 'bonus')
            WHEN 'array' THEN p.body -> 'bonus' -> substring(path FROM '[0-9]+')::int
            ELSE p.body -> 'bonus' END AS bonus) AS said
        CROSS JOIN LATERAL (SELECT (q.made_at AT TIME ZONE 'Asia/Shanghai')::date AS made_on,
                                   CASE bonus ->> 'counted_from'
                                        WHEN 'agreement' THEN v.stood_still_days + g.signed_on
                                        WHEN 'issue' THEN v.stood_still_days
                                             + (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date
                                        ELSE STARTED_ON END AS started_on) AS days
        LEFT JOIN LATERAL (
            SELECT max(greatest(CASE bonus ->> 'base'
                WHEN 'spent' THEN a.spent_fen * rate / 10000
                WHEN 'spent_total' THEN GROWN * rate / 10000
                WHEN 'face' THEN GROWN * rate / 10000
                WHEN 'price' THEN rate / 10000.0 * round(
                    r.price_fen * 10000.0 / (10000 + coalesce((bonus ->> 'without_vat')::int, 0)))
                WHEN 'compensation' THEN rate / 10000.0 * (
                    SELECT sum(coalesce(parts.most, o.compensation_fen)) FROM agreements o
                    LEFT JOIN LATERAL (SELECT sum(amount_fen) AS most FROM agreement_lines
                                       WHERE agreement_id = o.id AND amount_fen > 0) AS parts ON true
                    WHERE o.household_id = g.household_id)
                WHEN 'old_area' THEN floor((tier ->> 'yuan_per_m2')::bigint * w.old_area_m2)
                WHEN 'entitled_area' THEN floor((tier ->> 'yuan_per_m2')::bigint * ENTITLED_M2)
                WHEN 'residents' THEN (tier ->> 'yuan_per_resident')::bigint * RESIDENTS
                WHEN 'home_area' THEN floor((tier ->> 'yuan_per_m2')::bigint
                                            * (q.snapshot -> 'home' ->> 'area_m2')::numeric)
                WHEN 'fixed' THEN (tier ->> 'yuan')::bigint
                WHEN 'held' THEN BEARS END, (tier ->> 'least_yuan')::bigint)) AS most
            FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
            CROSS JOIN LATERAL (SELECT coalesce((tier ->> 'rate')::bigint, (
                SELECT max((step ->> 'rate')::bigint)
                FROM jsonb_array_elements(coalesce(tier -> 'steps', tier -> 'brackets', tier -> 'slices',
                                                   tier -> 'slices_of_face')) AS steps (step)
                )) AS rate) AS rates
            WHERE (coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? h.kind
                   OR coalesce(bonus ->> 'spent_on' = 'earning', false))
              AND SIGNED AND EARNED_BY
              AND CASE bonus ->> 'fixed_by'
                  WHEN 'agreement' THEN g.signed_on BETWEEN (tier ->> 'from_day')::date
                                                        AND (tier ->> 'to_day')::date
                  WHEN 'lock' THEN made_on BETWEEN coalesce((tier ->> 'from_day')::date, started_on)
                                               AND LAST_DAY
                  ELSE true END
        ) AS tiers ON true
        WHERE fen::bigint > coalesce(most + HALF, 0) AND UNSPLIT
    """.replace("BEARS", _BEARS)
    .replace("GROWN", grown("v"))
    .replace("HALF", half("bonus ->> 'rounding'"))
    .replace("STARTED_ON", STARTED_ON)
    .replace("LAST_DAY", LAST_DAY)
    .replace("SIGNED", _SIGNED)
    .replace("EARNED_BY", _EARNED_BY)
    .replace("UNSPLIT", UNSPLIT)
    .replace("ENTITLED_M2", M2)
    .replace("RESIDENTS", RESIDENTS),
    "a bonus is what the voucher's policy gave that day": """
        SELECT a.district_id, 'allocation', a.id,
               format('%s fen at %s, by the policy %s', a.bonus_fen, a.bonus_bp, said.rates)
        FROM (WITH asked AS MATERIALIZED (
                  SELECT a.id, p.id AS policy_version_id, h.kind, made_on, started_on,
                         made_on >= started_on AND EARNED_BY AND SIGNED
                         AND NOT (h.kind IN ('parking', 'storage') AND bonus ?| '{first_homes,within_area}')
                         AS may_earn
                  FROM allocations a
                  JOIN redemptions r ON r.id = a.redemption_id JOIN quotes q ON q.id = r.quote_id
                  JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
                  JOIN agreements g ON g.id = v.agreement_id JOIN homes h ON h.id = r.home_id
                  CROSS JOIN LATERAL (SELECT p.body -> 'bonus' AS bonus,
                                             (q.made_at AT TIME ZONE 'Asia/Shanghai')::date AS made_on,
                                             CASE p.body -> 'bonus' ->> 'counted_from'
                                                  WHEN 'agreement' THEN v.stood_still_days + g.signed_on
                                                  WHEN 'issue' THEN v.stood_still_days
                                                       + (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date
                                                  ELSE STARTED_ON END AS started_on) AS days
                  WHERE bonus ->> 'fixed_by' = 'lock' AND bonus ->> 'paid' <> 'cash'),
              once AS MATERIALIZED (  -- a market shares few days, and a rate is dear to find
                  SELECT h.policy_version_id, h.kind, made_on, started_on, given.rates
                  FROM (SELECT DISTINCT policy_version_id, kind, made_on, started_on
                        FROM asked WHERE may_earn) AS h
                  JOIN policy_versions p ON p.id = h.policy_version_id
                  CROSS JOIN LATERAL (SELECT p.body -> 'bonus' AS bonus) AS its
                  CROSS JOIN LATERAL RATES AS given)
              SELECT asked.id, asked.policy_version_id, once.rates
              FROM asked LEFT JOIN once
                ON may_earn AND once.policy_version_id = asked.policy_version_id AND once.kind = asked.kind
               AND once.made_on = asked.made_on AND once.started_on = asked.started_on) AS said
        JOIN allocations a ON a.id = said.id JOIN redemptions r ON r.id = a.redemption_id
        JOIN (SELECT id, body,
                     body -> 'bonus' ->> 'base' = 'spent'
                     AND jsonb_array_length(coalesce(body -> 'bonus' -> 'caps', '[]')) = 0
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].least_spent ? (@ > 0)'
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].spent_above'
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].steps'
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].brackets'
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].slices'
                     AND NOT body -> 'bonus' -> 'tiers' @? '$[*].caps'
                     AND NOT body -> 'bonus' ?| '{stage,first_homes,face_size,within_area}'
                     AND coalesce(body -> 'bonus' -> 'home_area', 'null') = 'null'
                     AND coalesce(body -> 'bonus' ->> 'areas', 'any') = 'any'
                     AND jsonb_array_length(coalesce(body -> 'bonus_caps', '[]')) = 0 AS is_plain
              FROM policy_versions OFFSET 0) AS p ON p.id = said.policy_version_id
        WHERE a.bonus_bp <> ALL (coalesce(said.rates, '{0}'))
           OR p.is_plain
              AND a.spent_fen * a.bonus_bp / 10000 - a.bonus_fen NOT BETWEEN -HALF AND
                  STEP - 1 - HALF + CASE
                  WHEN STEP * ((a.spent_fen * a.bonus_bp / 10000 + HALF) / STEP) > a.spent_fen
                    OR REACHED AND a.id = (SELECT max(id) FROM allocations WHERE redemption_id = r.id)
                  THEN STEP ELSE 0 END
           OR a.bonus_fen % STEP <> 0
    """.replace("STARTED_ON", STARTED_ON)
    .replace("STEP", step("p.body -> 'bonus' ->> 'rounding'"))
    .replace("HALF", half("p.body -> 'bonus' ->> 'rounding'"))
    .replace("REACHED", _REACHED)
    .replace("RATES", rates("made_on"))
    .replace("EARNED_BY", _EARNED_BY)
    .replace("SIGNED", _SIGNED),
    "vouchers pay no more of a price than their policies let them": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s of %s fen', r.price_fen - r.top_up_fen, r.price_fen)
        FROM redemptions r JOIN homes h ON h.id = r.home_id JOIN quotes q ON q.id = r.quote_id
        WHERE EXISTS (
            SELECT FROM allocations a JOIN vouchers v ON v.id = a.voucher_id
            JOIN policy_versions p ON p.id = v.policy_version_id
            CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
            WHERE a.redemption_id = r.id AND (NOT one ? 'kinds' OR one -> 'kinds' ? h.kind)
              AND (NOT one ? 'stage'
                   OR coalesce(q.snapshot -> 'home' ->> 'stage', one ->> 'stage') = one ->> 'stage')
              AND r.price_fen - r.top_up_fen > r.price_fen * (one ->> 'share_of_price')::bigint / 10000)
    """,
    "a voucher spends no more of its face on a kind of stock than its policy lets it": """
        SELECT v.district_id, 'voucher', v.id,
               format('%s of %s fen', sum(a.spent_fen - a.back_fen), v.face_fen)
        FROM allocations a JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]'))
             WITH ORDINALITY AS limits (one, place)
        WHERE one ?| '{share_of_face,yuan}' AND coalesce(one ->> 'of', 'voucher') = 'voucher'
          AND (NOT one ? 'kinds' OR one -> 'kinds' ? h.kind)
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
        GROUP BY v.id, one, place
        HAVING sum(a.spent_fen - a.back_fen) > coalesce(
                   (one ->> 'yuan')::bigint, GROWN * (one ->> 'share_of_face')::bigint / 10000)
           AND UNSPLIT
    """.replace("UNSPLIT", UNSPLIT).replace("GROWN", grown("v")),
    "the vouchers of a household spend no more on a kind of stock than its policy lets them": """
        SELECT a.district_id, 'allocation', a.id, format('%s of %s fen', spent.fen, most.fen)
        FROM policy_versions p
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT coalesce((one ->> 'yuan')::bigint,
                            div(sum(u.face_fen) * (one ->> 'share_of_face')::bigint, 10000)) AS fen
            FROM vouchers u WHERE u.household_id = v.household_id AND u.state = 'issued') AS most
        CROSS JOIN LATERAL (
            SELECT sum(b.spent_fen - b.back_fen) AS fen
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id JOIN homes k ON k.id = o.home_id
            WHERE u.household_id = v.household_id AND b.id <= a.id
              AND (NOT one ? 'kinds' OR one -> 'kinds' ? k.kind)
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')) AS spent
        WHERE one ->> 'of' = 'household' AND (NOT one ? 'kinds' OR one -> 'kinds' ? h.kind)
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed') AND a.spent_fen > a.back_fen
          AND spent.fen > most.fen
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """,
    "a voucher buys in the districts and developments that its policy names": """
        SELECT a.district_id, 'allocation', a.id, format('%s in %s', b.ref, w.code)
        FROM allocations a JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        JOIN developments b ON b.id = h.development_id JOIN districts w ON w.id = b.district_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (SELECT coalesce((
            SELECT one -> 'areas' FROM jsonb_array_elements(coalesce(p.body -> 'areas_of', '[]')) AS of (one)
            WHERE one -> 'kinds' ? h.kind), p.body -> 'areas') AS areas) AS said
        WHERE jsonb_typeof(areas) IS NOT NULL AND areas <> '"any"'
          AND NOT CASE jsonb_typeof(areas) WHEN 'string' THEN jsonb_build_array(areas) ELSE areas END
              ?| ARRAY[w.code, b.ref, CASE w.id WHEN v.district_id THEN 'own' END]
    """,
    "what is earned once by the agreements of a household is, whoever holds their vouchers": """
        SELECT once.district_id, 'household', once.household_id,
               format('%s: %s fen, at most %s', once.path, once.fen, once.most)
        FROM (
            SELECT a.district_id, g.household_id, v.policy_version_id, said.path,
                   sum(greatest(0, CASE WHEN a.bonuses || a.cash_bonuses = '{}' THEN a.bonus_fen
                                   ELSE coalesce((a.bonuses || a.cash_bonuses ->> said.path)::bigint, 0) END
                                   - a.bonus_back_fen - a.cash_back_fen)) AS fen,
                   max(whole.fen + HALF) AS most,
                   bool_and(coalesce((part #>> '{past,origin}')::bigint, 0) > 0) AS is_told
            FROM allocations a
            JOIN redemptions r ON r.id = a.redemption_id JOIN quotes q ON q.id = r.quote_id
            JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
            JOIN agreements g ON g.id = v.agreement_id
            CROSS JOIN LATERAL (EACH_BONUS) AS said
            CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
            LEFT JOIN LATERAL (
                SELECT max((rule #>> '{figures,whole_fen}')::bigint) AS fen
                FROM (SELECT one FROM jsonb_array_elements(part -> 'each') AS every (one)
                      UNION ALL SELECT part) AS told (one)
                CROSS JOIN LATERAL jsonb_array_elements(one -> 'rules') AS rules (rule)
                WHERE starts_with(rule ->> 'path', said.path || '.')) AS whole ON true
            WHERE (part ->> 'voucher_id')::bigint = a.voucher_id
              AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
              AND (bonus ->> 'base' IN ('compensation', 'old_area', 'entitled_area', 'residents')
                   OR bonus ->> 'base' = 'fixed' AND coalesce(bonus ->> 'per', 'household') = 'household')
            GROUP BY a.district_id, g.household_id, v.policy_version_id, said.path) AS once
        WHERE once.is_told AND once.fen > once.most
    """.replace("EACH_BONUS", EACH_BONUS).replace("HALF", half("bonus ->> 'rounding'")),
    "no bonus is more than slices of the face come to": """
        SELECT a.district_id, 'allocation', a.id, format('%s: %s fen, at most %s', path, earned.fen, most.fen)
        FROM policy_versions p
        CROSS JOIN LATERAL (EACH_BONUS) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id
        CROSS JOIN LATERAL (
            SELECT sum(b.spent_fen)::numeric AS fen FROM allocations b
            JOIN redemptions o ON o.id = b.redemption_id
            WHERE b.voucher_id = v.id AND b.id <= a.id AND STOOD) AS spent
        CROSS JOIN LATERAL (
            SELECT sum(greatest(0, CASE WHEN b.bonuses || b.cash_bonuses = '{}' THEN b.bonus_fen
                                   ELSE (b.bonuses || b.cash_bonuses ->> path)::bigint END
                                   - b.bonus_back_fen - b.cash_back_fen)) AS fen
            FROM allocations b JOIN redemptions o ON o.id = b.redemption_id
            WHERE b.voucher_id = v.id AND b.id <= a.id
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')) AS earned
        CROSS JOIN LATERAL (
            SELECT max(div(fen, 100000000)) AS fen FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
            CROSS JOIN LATERAL (
                SELECT sum(greatest(0, least(spent.fen * 10000, upto * v.face_fen) - above * v.face_fen)
                           * rate) AS fen
                FROM (SELECT (row ->> 'above')::bigint AS above, (row ->> 'rate')::bigint AS rate,
                             lead((row ->> 'above')::bigint) OVER (ORDER BY (row ->> 'above')::bigint) AS upto
                      FROM jsonb_array_elements(tier -> 'slices_of_face') AS rows (row)) AS slices) AS sums
        ) AS most
        WHERE bonus -> 'tiers' @? '$[*].slices_of_face' AND earned.fen > most.fen
          AND NOT bonus -> 'tiers' @? '$[*] ? (!exists(@.slices_of_face))'
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND v.move_id IS NULL AND UNSPLIT
    """.replace("STOOD", STOOD)
    .replace("EACH_BONUS", EACH_BONUS)
    .replace("UNSPLIT", UNSPLIT),
    "no bonus is paid for more ㎡ than its policy pays it for": """
        SELECT a.district_id, 'allocation', a.id,
               format('%s: %s fen for %s of %s ㎡', path, earned.fen, inside.m2, h.area_m2)
        FROM policy_versions p
        CROSS JOIN LATERAL (EACH_BONUS) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN agreements g ON g.id = v.agreement_id JOIN households w ON w.id = g.household_id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN quotes q ON q.id = r.quote_id
        JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT max(rate) AS rate, coalesce(max((tier ->> 'least_yuan')::bigint), 0) AS least
            FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
            CROSS JOIN LATERAL (SELECT coalesce((tier ->> 'rate')::bigint, (
                SELECT max((step ->> 'rate')::bigint)
                FROM jsonb_array_elements(tier -> 'steps') AS steps (step))) AS rate) AS rates) AS tiers
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(k.area_m2), 0) AS m2
            FROM redemptions o JOIN homes k ON k.id = o.home_id
            WHERE o.id < r.id AND k.kind NOT IN ('parking', 'storage')
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
              AND EXISTS (SELECT FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
                          WHERE coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? k.kind)
              AND EXISTS (SELECT FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
                          JOIN agreements k ON k.id = u.agreement_id
                          WHERE b.redemption_id = o.id AND k.household_id = g.household_id)) AS used
        CROSS JOIN LATERAL (SELECT greatest(0, least(h.area_m2, CASE bonus ->> 'within_area'
            WHEN 'old' THEN w.old_area_m2 WHEN 'entitled' THEN ENTITLED_M2
            ELSE coalesce((bonus -> 'within_area' ->> 'm2')::numeric,
                          (bonus -> 'within_area' ->> 'm2_a_head')::numeric * RESIDENTS)
            END - CASE bonus -> 'within_area' ->> 'of' WHEN 'home' THEN 0 ELSE used.m2 END)) AS m2) AS inside
        CROSS JOIN LATERAL (SELECT CASE WHEN a.bonuses || a.cash_bonuses = '{}' THEN a.bonus_fen
            ELSE (a.bonuses || a.cash_bonuses ->> path)::bigint END AS fen) AS earned
        WHERE bonus ? 'within_area' AND earned.fen > CASE WHEN inside.m2 > 0 THEN least ELSE 0 END
          AND earned.fen * 10000 * h.area_m2 > inside.m2 * rate * CASE bonus ->> 'base'
              WHEN 'spent' THEN a.spent_fen
              ELSE round(r.price_fen * 10000.0 / (10000 + coalesce((bonus ->> 'without_vat')::int, 0))) END
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND TOLD
    """.replace("EACH_BONUS", EACH_BONUS)
    .replace("TOLD", TOLD)
    .replace("ENTITLED_M2", M2)
    .replace("RESIDENTS", RESIDENTS),
    "no bonus is paid before so much of the face is spent as it asks for": """
        SELECT a.district_id, 'allocation', a.id, format('%s: %s of %s fen', path, spent.fen, whole.fen)
        FROM policy_versions p
        CROSS JOIN LATERAL (EACH_BONUS) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT min(coalesce((SELECT min(coalesce((step ->> 'spent_from')::bigint * 2,
                                                     (step ->> 'spent_above')::bigint * 2 + 1))
                                 FROM jsonb_array_elements(tier -> 'steps') AS steps (step)
                                 WHERE (step ->> 'rate')::bigint > 0),
                                (tier ->> 'spent_above')::bigint * 2 + 1,
                                (tier ->> 'least_spent')::bigint * 2, 0)) AS twice
            FROM jsonb_array_elements(bonus -> 'tiers') AS tiers (tier)
            WHERE coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? h.kind
               OR bonus ->> 'spent_on' = 'earning') AS share
        CROSS JOIN LATERAL (SELECT bonus ->> 'spent_of' IS NOT DISTINCT FROM 'household' AS together) AS of
        CROSS JOIN LATERAL (
            SELECT sum(u.face_fen) AS fen FROM vouchers u
            WHERE u.household_id = v.household_id
              AND (u.id = v.id OR together AND u.issued_at <= r.locked_at)) AS whole
        CROSS JOIN LATERAL (
            SELECT sum(b.spent_fen - CASE WHEN b.back_fen > 0 THEN (
                           SELECT coalesce(sum(part.back_fen), 0)
                           FROM change_parts part JOIN purchase_changes c ON c.id = part.change_id
                           WHERE part.allocation_id = b.id AND c.state = 'done' AND c.ended_at < r.locked_at)
                       ELSE 0 END) AS fen
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id
            WHERE u.household_id = v.household_id AND (u.id = v.id OR together)
              AND b.id <= a.id AND STOOD) AS spent
        WHERE share.twice > 0 AND spent.fen * 10000 < share.twice / 2 * whole.fen + share.twice % 2
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND CASE WHEN a.bonuses || a.cash_bonuses = '{}' THEN a.bonus_fen
              ELSE (a.bonuses || a.cash_bonuses ->> path)::bigint END > 0
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """.replace("STOOD", STOOD).replace("EACH_BONUS", EACH_BONUS),
}
"""As ``proofs.PROOFS``, which takes them in."""
