"""What must hold of what came back after an ending, as queries for what does not (decision 0040)."""

from typing import Final

_SAID: Final = """
    (SELECT (one #>> '{figures,rules_fen}')::bigint AS rules_fen, one #>> '{figures,effect}' AS effect,
            coalesce(one #>> '{figures,others_fen}', '0')::bigint AS others_fen,
            coalesce(one #>> '{figures,own_rules_fen}',
                     one #>> '{figures,rules_fen}')::bigint AS own_rules_fen,
            coalesce(one #>> '{figures,most_fen}', one #>> '{figures,rules_fen}')::bigint AS most_fen
     FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one) WHERE one ->> 'code' = 'by_the_ending')
"""
"""What the rule of its ending pays of what came back, as it was shown, and what others may bring."""
_OWN: Final = """
    (SELECT coalesce(sum((one #>> '{figures,over_fen}')::bigint), 0) AS fen
     FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one) WHERE one ->> 'code' = 'claw_back_over')
"""
"""What of it the ending had taken too much of a bonus."""
_RATES: Final = """
    (SELECT max(rate) AS bp FROM (
        SELECT greatest((band ->> 'rate')::bigint, coalesce((band ->> 'rate_beyond')::bigint, 0)) AS rate
        FROM jsonb_array_elements(CASE f.kind
             WHEN 'payout' THEN CASE jsonb_typeof(p.body -> 'leftover')
                                WHEN 'array' THEN p.body -> 'leftover' END
             ELSE CASE WHEN f.kind = 'lapse' OR own.lapse = p.body -> 'lapse' THEN
                  CASE jsonb_typeof(p.body #> '{lapse,bands}')
                  WHEN 'array' THEN p.body #> '{lapse,bands}' END END END)
             WITH ORDINALITY AS bands (band, nth)
        WHERE nth <= coalesce((
            SELECT substring(one ->> 'path' FROM '[[]([0-9]+)[]]$')::int + 1
            FROM jsonb_array_elements(f.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' IN ('leftover', 'lapse_cash') AND one ->> 'path' LIKE '%]' LIMIT 1), nth)
        UNION ALL
        SELECT CASE own.lapse ->> 'effect' WHEN 'cash' THEN (own.lapse ->> 'rate')::bigint
               WHEN 'claim' THEN CASE f.effect WHEN 'agreement' THEN 10000 ELSE (
                    SELECT max((one ->> 'rate')::bigint)
                    FROM jsonb_array_elements(own.lapse -> 'within') AS turns (one)
                    WHERE f.effect = 'cash') END
               WHEN 'agreement' THEN 10000 ELSE 0 END
        WHERE f.kind <> 'payout') AS rates)
"""
"""The highest rate that a policy knows for an ending of that kind: of bands up to its own, for where less was
spent none beyond it holds."""
_LINE: Final = """
    (SELECT array_agg(id) AS ids FROM (
        WITH RECURSIVE line AS (
            SELECT f.voucher_id AS id
            UNION SELECT b.id FROM vouchers b JOIN line ON b.successor_id = line.id
            WHERE b.household_id = v.household_id)
        SELECT id FROM line) AS every)
"""
"""A voucher that ended, and those of its household that it stands for: what came back to them is paid by its
ending, too."""

BACKS: Final = {
    "what came back after an ending is paid by its rule": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s %s fen, by the rule %s %s fen and %s of its own', e.effect, e.paid_fen, said.effect,
                      said.rules_fen, own.fen)
        FROM voucher_endings e
        CROSS JOIN LATERAL SAID AS said
        CROSS JOIN LATERAL OWN AS own
        WHERE e.kind = 'back' AND e.effect IS NOT NULL AND said.effect IS NOT NULL AND NOT CASE e.effect
              WHEN 'agreement' THEN said.effect = 'agreement'
                                    AND e.paid_fen BETWEEN own.fen AND said.most_fen + own.fen
              WHEN 'void' THEN e.paid_fen = 0 AND said.rules_fen + own.fen = 0
              ELSE e.paid_fen BETWEEN greatest(1, said.rules_fen + own.fen) AND said.most_fen + own.fen
                   AND said.effect <> 'agreement' END
    """.replace("SAID", _SAID).replace("OWN", _OWN.replace("o.shown", "e.shown")),
    "of what came back more than its rule pays is paid only for what others undid, with a reason": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s fen above the rule, %s of it undone by others, of %s that ever were; reason: %s',
                      e.paid_fen - own.fen - said.rules_fen, said.others_fen, undone.fen, why.reason)
        FROM voucher_endings e
        CROSS JOIN LATERAL SAID AS said
        CROSS JOIN LATERAL OWN AS own
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.back_fen), 0) AS fen
            FROM change_parts p JOIN purchase_changes c ON c.id = p.change_id
            JOIN allocations a ON a.id = p.allocation_id
            WHERE a.voucher_id = e.voucher_id AND NOT c.is_own) AS undone
        LEFT JOIN LATERAL (
            SELECT r.payload ->> 'reason' AS reason FROM approval_requests r
            WHERE r.kind = 'voucher.end' AND r.subject_id = e.id AND r.payload ->> 'reason' <> ''
            LIMIT 1) AS why ON true
        WHERE e.kind = 'back' AND said.effect IS NOT NULL
          AND (said.most_fen > greatest(said.rules_fen, said.own_rules_fen + said.others_fen)
               OR said.most_fen - said.rules_fen > said.others_fen OR said.most_fen < said.rules_fen
               OR said.most_fen > e.leftover_fen - own.fen OR said.others_fen > e.leftover_fen - own.fen
               OR undone.fen < (
                   SELECT sum(coalesce(one #>> '{figures,others_fen}', '0')::bigint)
                   FROM voucher_endings o, jsonb_array_elements(o.shown -> 'rules') AS rules (one)
                   WHERE o.voucher_id = e.voucher_id AND o.kind = 'back' AND one ->> 'code' = 'by_the_ending')
               OR e.effect IS NOT NULL AND e.paid_fen > said.rules_fen + own.fen AND why.reason IS NULL)
    """.replace("SAID", _SAID).replace("OWN", _OWN.replace("o.shown", "e.shown")),
    "an ending and what came back after it are paid at no rate above the policy's": """
        SELECT f.district_id, 'voucher_ending', f.id,
               format('%s fen of %s at most at %s, of the bonus %s taken', f.paid_fen + back.paid_fen,
                      f.leftover_fen + back.fen, rates.bp, f.returned_fen)
        FROM voucher_endings f JOIN vouchers v ON v.id = f.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (SELECT CASE WHEN f.kind = 'give_up'
            AND jsonb_typeof(p.body #> '{lapse,give_up}') = 'object'
            THEN p.body #> '{lapse,give_up}' ELSE p.body -> 'lapse' END AS lapse) AS own
        CROSS JOIN LATERAL LINE AS behind
        CROSS JOIN LATERAL (
            SELECT sum(o.paid_fen - taken.fen) AS paid_fen, sum(o.leftover_fen - taken.fen) AS fen,
                   sum((SELECT sum(coalesce(one #>> '{figures,others_fen}', '0')::bigint)
                        FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one))) AS others_fen
            FROM voucher_endings o CROSS JOIN LATERAL OWN AS taken
            WHERE o.voucher_id = ANY (behind.ids) AND o.kind = 'back' AND EXISTS (
                  SELECT FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one)
                  WHERE one #>> '{figures,effect}' IS NOT NULL AND one ->> 'code' = 'by_the_ending')) AS back
        CROSS JOIN LATERAL RATES AS rates
        WHERE f.kind <> 'back' AND f.state IN ('approved', 'paid', 'returned', 'renewed', 'closed')
          AND back.fen IS NOT NULL AND rates.bp IS NOT NULL
          AND (f.paid_fen + f.returned_fen + back.paid_fen - back.others_fen) * 10000::numeric
              > (f.leftover_fen + back.fen - back.others_fen) * rates.bp::numeric
          AND NOT EXISTS (
              SELECT FROM voucher_endings o
              WHERE o.voucher_id = ANY (behind.ids) AND o.kind = 'back' AND NOT EXISTS (
                  SELECT FROM jsonb_array_elements(o.shown -> 'rules') AS rules (one)
                  WHERE one #>> '{figures,effect}' IS NOT NULL AND one ->> 'code' = 'by_the_ending'))
    """.replace("OWN", _OWN)
    .replace("RATES", _RATES)
    .replace("LINE", _LINE),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Older rows say no effect: two people
decided on them alone."""
