// WGS-84 and GCJ-02, the datum in which maps published in China are drawn: it shifts places by a few hundred metres.
// The shift is not published officially; this is the formula known since 2010 ("eviltransform"), right to about a
// metre. Outside China nothing is shifted. Points are [latitude, longitude] in degrees.
const AXIS = 6378245.0; // of the Krasovsky ellipsoid, metres
const ECCENTRICITY = 0.00669342162296594323; // its square
const RADIAN = Math.PI / 180;
const CLOSE = 1e-9; // degrees: a tenth of a millimetre

function inChina([lat, lon]) {
  return lat >= 0.8293 && lat <= 55.8271 && lon >= 72.004 && lon <= 137.8347;
}

function waves(value, ...periods) {
  return periods.reduce((sum, [height, factor]) => sum + height * Math.sin(value * factor * Math.PI), 0) * (2 / 3);
}

function shift([lat, lon]) {
  const x = lon - 105;
  const y = lat - 35;
  const root = Math.sqrt(Math.abs(x));
  const common = waves(x, [20, 6], [20, 2]);
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common +
    waves(y, [20, 1], [40, 1 / 3]) + waves(y, [160, 1 / 12], [320, 1 / 30]);
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common +
    waves(x, [20, 1], [40, 1 / 3]) + waves(x, [150, 1 / 12], [300, 1 / 30]);
  const sine = Math.sin(lat * RADIAN);
  const magic = 1 - ECCENTRICITY * sine * sine;
  return [
    north / ((AXIS * (1 - ECCENTRICITY)) / (magic * Math.sqrt(magic)) * RADIAN),
    east / ((AXIS / Math.sqrt(magic)) * Math.cos(lat * RADIAN) * RADIAN),
  ];
}

export function toGcj02(point) {
  if (!inChina(point)) return point;
  const [north, east] = shift(point);
  return [point[0] + north, point[1] + east];
}

// There is no formula for the way back: what is missing is added until the way there ends at the point.
export function toWgs84(point) {
  if (!inChina(point)) return point;
  let found = point;
  for (let turn = 0; turn < 10; turn += 1) {
    const [lat, lon] = toGcj02(found);
    const missing = [point[0] - lat, point[1] - lon];
    found = [found[0] + missing[0], found[1] + missing[1]];
    if (Math.max(Math.abs(missing[0]), Math.abs(missing[1])) < CLOSE) break;
  }
  return found;
}
