"""What must hold of bonus in cash that waits for the certificate, as queries for what does not."""

from typing import Final

PAID_AFTER: Final = {
    "a bonus in cash waits for the certificate where its policy says so, and only until it is there": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s, by the policy %s, certificate of %s', b.state, said.event, there.day)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (
            SELECT max(one ->> 'paid_after') AS event
            FROM jsonb_path_query(p.body, 'lax $.bonus[*]') AS bonuses (one)
            WHERE one ->> 'paid' = 'cash' AND one -> 'tiers' <> '[]') AS said
        CROSS JOIN LATERAL (
            SELECT max(m.happened_on) AS day FROM settlement_milestones m
            WHERE m.redemption_id = a.redemption_id AND m.kind = 'certificate' AND m.state = 'confirmed'
              AND m.answered_by_id <> m.reported_by_id) AS there
        WHERE b.state <> 'taken_back'
          AND (b.state = 'waiting') <> (said.event IS NOT NULL AND there.day IS NULL)
    """,
}
"""Taken in by ``cash_proofs``."""
