"""What must hold of what is claimed after a term, as queries for what does not (decision 0047)."""

from typing import Final

_LAST_DAY: Final = """
    (SELECT (ended.on_day - 1 + make_interval(months => coalesce((one ->> 'months')::int, 0),
                                              days => coalesce((one ->> 'days')::int, 0)))::date AS day
     FROM jsonb_array_elements(p.body #> '{lapse,within}') WITH ORDINALITY AS turns (one, nth)
     ORDER BY nth DESC LIMIT 1)
"""
"""The last day on which what is left after a term may be claimed, by the policy."""

VOIDED: Final = """
    e.district_id = t.district_id AND e.reenter_until IS NOT NULL
    AND e.shown @> jsonb_build_object('sent_back', jsonb_build_array(
        jsonb_build_object('transfer_ids', jsonb_build_array(t.id))))
"""
"""Whether a transfer t is what a claim of an ending e had promised before a checker sent it back."""

CLAIMS: Final = {
    "what is left after a term waits for its claim as long as its policy says": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s to %s, by the policy %s', e.state, e.claim_until, last.day)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (SELECT (e.asked_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day) AS ended
        LEFT JOIN LATERAL LAST_DAY AS last ON e.kind = 'lapse' AND p.body #>> '{lapse,effect}' = 'claim'
        WHERE (e.claim_until AT TIME ZONE 'Asia/Shanghai') IS DISTINCT FROM (last.day + 1)::timestamp
    """.replace("LAST_DAY", _LAST_DAY),
    "what is left after a term is either claimed in time or over, and not before its last day": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s %s, claimed for %s at %s, to %s, left at %s', e.state, e.effect, e.claimed_on,
                      e.claimed_at, e.claim_until, gone.at)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        LEFT JOIN LATERAL (
            SELECT min(t.at) AS at FROM ledger_transfers t
            WHERE t.id IN (e.paid_transfer_id, e.returned_transfer_id, e.forfeited_transfer_id)
        ) AS gone ON true
        WHERE e.claim_until IS NOT NULL AND (
              e.effect IS NOT NULL AND (e.effect = 'cash') <> (e.claimed_on IS NOT NULL)
              OR e.effect IS NOT NULL AND e.claimed_on IS NULL
                 AND gone.at < greatest(e.claim_until, e.reenter_until)
              OR e.claimed_on < (v.expires_at AT TIME ZONE 'Asia/Shanghai')::date
              OR e.claimed_on > (e.claimed_at AT TIME ZONE 'Asia/Shanghai')::date
              OR e.claimed_on >= (e.claim_until AT TIME ZONE 'Asia/Shanghai')::date
              OR gone.at < e.claimed_at)
    """,
    "what is left waits longer for its claim only because a checker sent one back, for 15 days": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('to %s, sent back %s', e.reenter_until, e.shown -> 'sent_back')
        FROM voucher_endings e
        WHERE (e.reenter_until IS NOT NULL) <> (e.shown ? 'sent_back')
           OR e.reenter_until IS NOT NULL AND NOT EXISTS (
              SELECT FROM approval_requests r
              WHERE r.kind = 'voucher.end' AND r.subject_id = e.id AND r.state = 'rejected'
                AND r.payload ->> 'claimed_on' = e.shown #>> '{sent_back,-1,claimed_on}'
                AND ((r.decided_at AT TIME ZONE 'Asia/Shanghai')::date + 16)::timestamp
                    = e.reenter_until AT TIME ZONE 'Asia/Shanghai')
    """,
    "what a claim had promised that was sent back is void": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('transfer %s %s', one, coalesce(t.kind, 'is open'))
        FROM voucher_endings e
        CROSS JOIN LATERAL jsonb_path_query(e.shown, '$.sent_back[*].transfer_ids[*]') AS one
        LEFT JOIN ledger_transfers t ON t.pending_id = one::bigint
        WHERE t.kind IS DISTINCT FROM 'void'
    """,
    "the day of a claim is the one that a second person saw": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s, approved for %s', e.claimed_on, r.payload ->> 'claimed_on')
        FROM voucher_endings e JOIN approval_requests r
             ON r.kind = 'voucher.end' AND r.subject_id = e.id AND r.state = 'approved'
        WHERE (r.payload ->> 'claimed_on')::date IS DISTINCT FROM e.claimed_on
    """,
}
"""Each rule with the query that finds what breaks it, as in ``proofs``."""
