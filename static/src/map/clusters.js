// Gathers spots that would lie over each other, so that every sign can be read and pressed.
export const SIGN_WIDTH = 160; // pixels: "3 个楼盘 107 套" in its frame
export const SIGN_HEIGHT = 68;

// Return groups of spots at the map's present zoom. The fullest spot of a group stands for its place.
export function gather(spots, pixelsOf) {
  const groups = [];
  for (const spot of [...spots].sort((one, other) => other.homes - one.homes)) {
    const at = pixelsOf(spot);
    const near = groups.find(
      (group) => Math.abs(group.at.x - at.x) < SIGN_WIDTH && Math.abs(group.at.y - at.y) < SIGN_HEIGHT,
    );
    if (near) near.spots.push(spot);
    else groups.push({ at, spots: [spot] });
  }
  return groups.map((group) => group.spots);
}

export function total(spots, name) {
  return spots.reduce((sum, spot) => sum + spot[name], 0);
}

export function cheapest(spots) {
  return spots.reduce((low, spot) => (spot.low_fen < low.low_fen ? spot : low));
}
