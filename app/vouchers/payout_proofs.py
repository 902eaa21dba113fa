"""What an ending pays by its policy, as SQL that works it out by itself, and what does not agree with it."""

import re
from typing import Final

from app.vouchers.band_proofs import REST_DEN, REST_NUM
from app.vouchers.family_proofs import IN_PARTS
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half, step

TOGETHER: Final = """
    (SELECT max((one #>> '{figures,face_fen}')::bigint) AS face_fen,
            max((one #>> '{figures,spent_fen}')::bigint) AS spent_fen
     FROM jsonb_array_elements(SHOWN -> 'rules') AS rules (one) WHERE one ->> 'code' = 'spent_together')
"""
"""What an ending kept of what all vouchers of its household had and spent, of what was SHOWN; nulls where
nothing counted it."""

_IN_TIME: Final = """
    coalesce(
        coalesce((band ->> 'from_day')::date,
                 STARTED + CASE (band ->> 'from_nth_day')::int WHEN 1 THEN 0
                           ELSE (band ->> 'from_nth_day')::int END,
                 CASE WHEN (band ->> 'from_month')::int > 1
                 THEN (STARTED + make_interval(months => (band ->> 'from_month')::int - 1))::date + 1 END,
                 STARTED) <= ASKED
        AND coalesce((band ->> 'to_day')::date, STARTED + (band ->> 'to_nth_day')::int,
                     (STARTED + make_interval(months => (band ->> 'to_month')::int))::date, 'infinity')
            >= ASKED, false)
"""
"""Whether a band that names its time holds on the day on which it was ASKED for."""

_LOST: Final = """
    (SELECT least(LEFT_FEN, coalesce(sum(
            CASE WHEN used.is_kept THEN 0
                 WHEN line ?| '{kept_from,kept_above}' AND coalesce(line ->> 'lost', 'whole') = 'whole'
                 THEN added.fen
                 ELSE div(added.fen * LEFT_FEN, nullif(FACE, 0)::numeric) END), 0)) AS fen
     FROM jsonb_array_elements(CASE jsonb_typeof(BODY -> 'face') WHEN 'array' THEN BODY -> 'face' END)
          WITH ORDINALITY AS lines (line, nth)
     CROSS JOIN LATERAL (
         SELECT div((ADDITIONS ->> format('face[%s]', nth - 1))::numeric * ADDED_TO, ISSUED) AS fen) AS added
     CROSS JOIN LATERAL (
         SELECT coalesce(SPENT * 10000::numeric
                         >= coalesce((line ->> 'kept_from')::bigint * FACE::numeric,
                                     (line ->> 'kept_above')::bigint * FACE::numeric + 1), false)
                AS is_kept) AS used
     WHERE line -> 'lost_on' ? CASE KIND WHEN 'payout' THEN 'leftover' ELSE KIND END)
"""

_PAID: Final = """
    (SELECT way.effect,
            CASE way.effect WHEN 'cash' THEN CASE WHEN nearest.fen <= due.room_fen THEN nearest.fen
                                                  ELSE div(due.fen, steps.fen) * steps.fen END
                            ELSE gross.fen - taken.fen END AS fen,
            taken.fen AS taken_fen
     FROM (SELECT CASE WHEN KIND = 'payout' THEN BODY -> 'leftover'
                       WHEN KIND = 'lapse' OR jsonb_typeof(BODY #> '{lapse,give_up}') <> 'object'
                       THEN BODY #> '{lapse,bands}' END AS bands,
                  CASE WHEN KIND = 'lapse' OR jsonb_typeof(BODY #> '{lapse,give_up}') <> 'object'
                       THEN BODY -> 'lapse' ELSE BODY #> '{lapse,give_up}' END AS own) AS said
     CROSS JOIN LATERAL (
         SELECT coalesce(max(split_part(one #>> '{figures,part}', '/', 1)), '1')::numeric AS num,
                coalesce(max(split_part(one #>> '{figures,part}', '/', 2)), '1')::numeric AS den
         FROM jsonb_array_elements(SHOWN -> 'rules') AS rules (one)) AS of_one
     LEFT JOIN LATERAL (
         SELECT band
         FROM jsonb_array_elements(CASE jsonb_typeof(said.bands) WHEN 'array' THEN said.bands END)
              WITH ORDINALITY AS bands (band, nth)
         CROSS JOIN LATERAL (
             SELECT CASE band ->> 'spent_of' WHEN 'household' THEN ALL_FACE
                    ELSE FACE * (REST_DEN) + REST_NUM END::numeric AS face_fen,
                    CASE band ->> 'spent_of' WHEN 'household' THEN ALL_SPENT
                    ELSE SPENT * (REST_DEN) + REST_NUM END::numeric AS spent_fen) AS used
         WHERE used.spent_fen * 10000 >= coalesce((band ->> 'spent_from')::bigint * used.face_fen,
                                                  (band ->> 'spent_above')::bigint * used.face_fen + 1, 0)
           AND LEFT_FEN <= coalesce(div((band ->> 'left_up_to')::numeric * of_one.num, of_one.den), LEFT_FEN)
           AND (NOT band ?| '{from_month,to_month,from_nth_day,to_nth_day,from_day,to_day}' OR IN_TIME)
         ORDER BY nth DESC LIMIT 1) AS chosen ON true
     LEFT JOIN LATERAL (
         SELECT one -> 'rate' AS rate
         FROM jsonb_array_elements(CASE KIND WHEN 'lapse' THEN said.own -> 'within' END)
              WITH ORDINALITY AS turns (one, nth)
         WHERE CLAIMED_ON <= (ENDED_ON - 1 + make_interval(months => coalesce((one ->> 'months')::int, 0),
                                                           days => coalesce((one ->> 'days')::int, 0)))::date
         ORDER BY nth LIMIT 1) AS turn ON true
     CROSS JOIN LATERAL (
         SELECT CASE WHEN KIND = 'payout' OR chosen.band IS NOT NULL OR turn.rate IS NOT NULL THEN 'cash'
                     WHEN said.own ->> 'effect' = 'claim' THEN said.own ->> 'after'
                     ELSE said.own ->> 'effect' END AS effect,
                CASE WHEN chosen.band IS NULL THEN said.own ->> 'bonus' ELSE chosen.band ->> 'claw_back' END
                AS share,
                div((chosen.band ->> 'most_yuan')::numeric * of_one.num, of_one.den) AS most_fen,
                LEFT_FEN - LOST AS rest_fen
         OFFSET 0) AS way
     CROSS JOIN LATERAL (
         SELECT coalesce(least(way.rest_fen, div(FACE * (chosen.band ->> 'rate_up_to')::numeric, 10000)),
                         way.rest_fen) AS upto_fen) AS slice
     CROSS JOIN LATERAL (
         SELECT CASE WHEN chosen.band IS NOT NULL
                     THEN div(slice.upto_fen * (chosen.band ->> 'rate')::numeric
                              + (way.rest_fen - slice.upto_fen)
                                * coalesce((chosen.band ->> 'rate_beyond')::numeric, 0), 10000)
                     WHEN KIND = 'payout' OR way.effect = 'void' THEN 0
                     WHEN way.effect = 'agreement' THEN way.rest_fen
                     ELSE div(way.rest_fen * coalesce(turn.rate, said.own -> 'rate')::numeric, 10000)
                     END AS fen
         OFFSET 0) AS gross
     CROSS JOIN LATERAL (
         SELECT least(gross.fen, CASE
                    WHEN way.share = 'part'
                    THEN coalesce(div(BONUS::numeric * LEFT_FEN, nullif(FACE, 0)::numeric), 0)
                    WHEN way.share = 'returned' THEN BONUS
                    WHEN coalesce(way.share, 'kept') = 'kept' THEN 0
                    ELSE div(BONUS * way.share::numeric, 10000) END) AS fen
         OFFSET 0) AS taken
     CROSS JOIN LATERAL (
         SELECT STEP AS fen, HALF AS half_fen
         FROM (SELECT BODY ->> 'payout_rounding' AS word) AS rounds
         OFFSET 0) AS steps
     CROSS JOIN LATERAL (
         SELECT least(gross.fen - taken.fen, way.most_fen) AS fen,
                least(way.rest_fen - taken.fen, way.most_fen) AS room_fen
         OFFSET 0) AS due
     CROSS JOIN LATERAL (SELECT div(due.fen + steps.half_fen, steps.fen) * steps.fen AS fen) AS nearest)
"""
"""What an ending pays. What is named more than once is fenced (OFFSET 0): the planner would copy it there."""


def lost(*, kind: str, body: str, face: str, spent: str, left: str, issued: str, added_to: str) -> str:
    """Return what computes, as ``fen``, what an ending takes off of what was added to a compensation.

    Every argument is SQL, sums in fen: ``issued`` is a voucher with what was added to its face, ``added_to``
    the face by which that is counted when it ends.
    """
    named = {"KIND": kind, "BODY": body, "ADDED_TO": added_to, "FACE": face, "SPENT": spent}
    named |= {"LEFT_FEN": left, "ISSUED": f"{issued}.face_fen", "ADDITIONS": f"{issued}.additions"}
    return with_(_LOST, named)


def paid(
    *,
    kind: str,
    body: str,
    face: str,
    spent: str,
    left: str,
    bonus: str,
    lost_fen: str,
    together: str,
    started: str,
    asked: str,
    shown: str,
    rest: tuple[str, str],
    claimed: tuple[str, str],
) -> str:
    """Return what computes an ending's ``effect``, and what it pays and takes of a bonus (``taken_fen``).

    Every argument is SQL, sums in fen; ``together`` has the face and what was spent of all vouchers of the
    household, ``started`` and ``asked`` are days; ``shown`` is what the ending kept: among it
    which part of a voucher it is. ``rest`` is the fraction that rounding left off what was spent, and off the
    face. ``claimed`` are the day on which it was claimed after its term, and that on which it ended, before
    which the months of that count. No effect where the policy does not say.
    """
    named = {"KIND": kind, "BODY": body, "ALL_FACE": f"{together}.face_fen", "FACE": face}
    named |= {"ALL_SPENT": f"{together}.spent_fen", "SPENT": spent, "LEFT_FEN": left, "BONUS": bonus}
    named |= {"LOST": lost_fen, "STARTED": started, "ASKED": asked, "SHOWN": shown}
    named |= {"REST_NUM": rest[0], "REST_DEN": rest[1]}
    named |= {"CLAIMED_ON": claimed[0], "ENDED_ON": claimed[1]}
    query = _PAID.replace("IN_TIME", _IN_TIME)
    return with_(query.replace("STEP", step("word")).replace("HALF", half("word")), named)


def with_(query: str, named: dict[str, str]) -> str:
    """Return a query with SQL for each of these words, wherever one stands alone."""
    for name, said in named.items():
        query = re.sub(rf"\b{name}\b", said.replace("\\", r"\\"), query)
    return query


PAYOUTS: Final = {
    "an ending pays what its policy says of what is left, on the day on which it was asked for": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s %s fen and %s of the bonus taken, by the policy %s %s and %s; %s lost of the face',
                      e.effect, e.paid_fen, e.returned_fen, said.effect, said.fen, said.taken_fen, lost.fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id JOIN agreements g ON g.id = v.agreement_id
        CROSS JOIN LATERAL TOGETHER AS counted
        CROSS JOIN LATERAL (SELECT STARTED_ON AS started_on,
                                   (e.asked_at AT TIME ZONE 'Asia/Shanghai')::date AS asked_on) AS days
        CROSS JOIN LATERAL LOST AS taken_off
        CROSS JOIN LATERAL (
            SELECT CASE WHEN IN_PARTS THEN (
                       SELECT coalesce(sum((one #>> '{figures,taken_fen}')::bigint), 0)
                       FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
                       WHERE one ->> 'code' = 'face_lost') ELSE taken_off.fen END AS fen) AS lost
        CROSS JOIN LATERAL PAID AS said
        WHERE e.kind <> 'back' AND e.state NOT IN ('refused', 'withdrawn', 'claimable')
          AND said.effect IS NOT NULL
          AND (e.effect, e.paid_fen, e.returned_fen, e.forfeited_fen) IS DISTINCT FROM
              (said.effect, said.fen, said.taken_fen, e.leftover_fen - said.fen - said.taken_fen)
    """.replace("TOGETHER", TOGETHER.replace("SHOWN", "e.shown"))
    .replace("STARTED_ON", STARTED_ON)
    .replace(
        "LOST",
        lost(
            kind="e.kind",
            body="p.body",
            face="e.face_fen",
            spent="e.spent_fen",
            left="e.leftover_fen",
            issued="v",
            added_to="e.face_fen",
        ),
    )
    .replace(
        "PAID",
        paid(
            kind="e.kind",
            body="p.body",
            face="e.face_fen",
            spent="e.spent_fen",
            left="e.leftover_fen",
            bonus="e.bonus_fen",
            lost_fen="lost.fen",
            together="counted",
            started="days.started_on",
            asked="days.asked_on",
            shown="e.shown",
            rest=(REST_NUM.replace("SHOWN", "e.shown"), REST_DEN.replace("SHOWN", "e.shown")),
            claimed=("e.claimed_on", "days.asked_on"),
        ),
    )
    .replace("IN_PARTS", IN_PARTS),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Where a split parted the past, what
was lost of the face is what was shown."""
