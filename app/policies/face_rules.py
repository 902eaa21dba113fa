"""What a line of ``face`` adds to the compensation, as pure rules; a whole face stands in ``faces``."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.core import money
from app.policies.answers import Amount, Rule
from app.policies.brackets import Brackets
from app.policies.reach import Reach
from app.policies.rounding import TO_THE_FEN, Rounding
from app.policies.tiers import NOTHING, Entitled


@dataclass(frozen=True)
class FaceRule:
    """What is added to the compensation to make a face: a share of it, a sum, or one for each ㎡ (in fen)."""

    rate_bp: int
    fixed_fen: int
    signed_from: date | None
    signed_to: date | None
    path: str
    fen_per_m2: int = 0
    most_fen: int | None = None
    least_fen: int = 0
    """The least that it adds where it adds anything."""
    lost_on: frozenset[str] = frozenset()
    """On which endings what is left is paid out without it: ``leftover``, ``lapse``, ``give_up``."""
    parts: frozenset[str] | None = None
    """Of a share: the parts of the compensation that it is a share of; None: all."""
    kept_from_bp: int | None = None
    """Once such a part of the face is spent nothing is lost any more; None: it is however much was spent."""
    is_kept_above: bool = False
    """Whether that part must be exceeded."""
    is_lost_whole: bool = False
    """Whether all of it is lost, or a part: as much of it as is left of the face."""
    fen_per_entitled_m2: int = 0
    """Fen for each ㎡ to which the household is entitled (应安置面积)."""
    fen_per_resident: int = 0
    """Fen for each counted resident (安置人口)."""
    brackets: Brackets | None = None
    """Rates by the size of the compensation, or of those parts, instead of ``rate_bp``."""
    rounding: Rounding = TO_THE_FEN
    fill_to_fen: int | None = None
    """It adds what the compensation, with the additions before it, lacks of so much; None: other sums."""
    most_face_fen: int | None = None
    """It adds nothing above such a face, of the compensation and the additions before it; None: no limit."""

    def is_kept(self, *, face_fen: int | Fraction, spent_fen: int | Fraction) -> bool:
        """Tell whether so much of the face is spent that nothing of it is lost."""
        if self.kept_from_bp is None:
            return False
        return Reach(self.kept_from_bp, self.is_kept_above).is_reached(face_fen=face_fen, spent_fen=spent_fen)

    def adds(
        self,
        compensation_fen: int,
        agreed_on: date,
        old_area_m2: Decimal = Decimal(0),
        entitled: Entitled = NOTHING,
        so_far_fen: int = 0,
    ) -> Amount:
        """Return what is added for an agreement of a day and what it entitles to, rounded.

        ``compensation_fen`` is what the ``parts`` come to, ``so_far_fen`` what of the compensation is in
        the face, with what the lines before this one added.
        """
        figures: dict[str, int | str] = {"day": agreed_on.isoformat()}
        if agreed_on < (self.signed_from or agreed_on) or agreed_on > (self.signed_to or agreed_on):
            return Amount(0, (Rule(self.path, "face_not_signed_then", figures),))
        if self.fen_per_m2:
            fen, code = money.area_floor(self.fen_per_m2, old_area_m2), "face_by_area"
            figures["fen_per_m2"] = self.fen_per_m2
        elif self.fen_per_entitled_m2:
            fen, code = money.area_floor(self.fen_per_entitled_m2, entitled.m2), "face_by_entitled_area"
            figures["fen_per_m2"] = self.fen_per_entitled_m2
        elif self.fen_per_resident:
            fen, code = self.fen_per_resident * entitled.residents, "face_by_residents"
            figures |= {"fen_each": self.fen_per_resident, "residents": entitled.residents}
        elif self.brackets:
            fen, code = self.brackets.of(compensation_fen), f"face_{self.brackets.code}"
            figures |= {"rates": self.brackets.told, "compensation_fen": compensation_fen}
        elif self.rate_bp:
            fen, code = money.share_floor(compensation_fen, self.rate_bp), "face_share"
            figures |= {"rate_bp": self.rate_bp, "compensation_fen": compensation_fen}
        elif self.fill_to_fen is not None:
            fen, code = max(0, self.fill_to_fen - so_far_fen), "face_filled"
            figures |= {"fill_to_fen": self.fill_to_fen, "so_far_fen": so_far_fen}
        else:
            fen, code = self.fixed_fen, "face_fixed"
        return self._limited(fen, Rule(self.path, code, figures), so_far_fen)

    def _limited(self, fen: int, rule: Rule, so_far_fen: int) -> Amount:
        """Return what is left of a sum by its limits and its rounding."""
        rules = [rule]
        if 0 < fen < self.least_fen:
            fen = self.least_fen
            rules.append(Rule(self.path, "face_least", {"least_fen": fen}))
        if self.most_fen is not None and fen > self.most_fen:
            fen = self.most_fen
            rules.append(Rule(self.path, "face_most", {"most_fen": fen}))
        most_fen = self.most_fen
        if self.most_face_fen is not None:
            room_fen = max(0, self.most_face_fen - so_far_fen)
            most_fen = min(room_fen, room_fen if most_fen is None else most_fen)
        if self.most_face_fen is not None and so_far_fen + fen > self.most_face_fen:
            fen = max(0, self.most_face_fen - so_far_fen)
            figures: dict[str, int | str] = {"most_face_fen": self.most_face_fen, "so_far_fen": so_far_fen}
            rules.append(Rule(f"{self.path}.most_face", "face_full", figures))
        whole = self.rounding.of(fen, f"{self.path}.rounding", most_fen)
        return Amount(whole.fen, (*rules, *whole.rules))
