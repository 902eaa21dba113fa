// The map of a search, beside the list that tells the same. It asks once where everything stands; whoever moves it
// may search what it shows, which is a page of its own.
import { Control, DivIcon, GeoJSON, LatLngBounds, LayerGroup, Map, Marker, Popup, TileLayer } from "leaflet";
import { SIGN_HEIGHT, SIGN_WIDTH, cheapest, gather, total } from "./map/clusters.js";
import { toGcj02, toWgs84 } from "./map/gcj02.js";

const CLOSEST = 17; // the zoom at which a street fills the window
const EDGE = 8; // pixels between a sign and the edge of the map
const DECIMALS = 5; // of a degree in an address: a metre

function words(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function draw(element) {
  const said = JSON.parse(element.dataset.words);
  const shifted = element.dataset.datum === "gcj02";
  const drawn = (point) => (shifted ? toGcj02(point) : point);
  const told = (point) => (shifted ? toWgs84(point) : point);

  const moving = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = new Map(element, {
    inertia: moving,
    zoomAnimation: moving,
    fadeAnimation: moving,
    zoomControl: false,
    zoomSnap: 0.25, // so that what is found fills the window
    maxZoom: CLOSEST,
    attributionControl: false,
  });
  // Leaflet has no setting for this: it moves the map gently to make room for what is opened.
  if (!moving) map.panBy = (offset) => Map.prototype.panBy.call(map, offset, { animate: false });
  new Control.Zoom({ position: "bottomright", zoomInTitle: said.closer, zoomOutTitle: said.farther }).addTo(map);
  if (element.dataset.tiles) {
    new TileLayer(element.dataset.tiles, { maxZoom: CLOSEST }).addTo(map);
    new Control.Attribution({ position: "bottomleft", prefix: false }).addAttribution(element.dataset.credit).addTo(map);
  }
  const signs = new LayerGroup().addTo(map);

  function card(spot, button) {
    const box = document.createElement("div");
    box.className = "anju-map__card";
    box.tabIndex = -1;
    box.textContent = said.waiting;
    const popup = new Popup({ minWidth: 260, maxWidth: 300, maxHeight: element.offsetHeight - 80, autoPanPadding: [12, 12] });
    popup.setLatLng(drawn([spot.lat, spot.lon])).setContent(box).openOn(map);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", said.close);
    popup.on("remove", () => document.contains(button) && button.focus());
    fetch(spot.href)
      .then((answer) => answer.text())
      .then((text) => {
        const found = new DOMParser().parseFromString(text, "text/html").querySelector(".anju-place");
        if (!found) throw new Error(spot.href);
        box.replaceChildren(...found.children);
        popup.update();
      })
      .catch(() => {
        box.replaceChildren(Object.assign(document.createElement("a"), { href: spot.href, textContent: spot.name }));
      })
      .finally(() => box.focus({ preventScroll: true }));
  }

  // What many developments in one place come to: closer if that takes them apart, else a search of that place.
  function closer(spots) {
    const bounds = new LatLngBounds(spots.map((spot) => drawn([spot.lat, spot.lon])));
    const apart = map.getBoundsZoom(bounds.pad(0.2));
    if (spots.length > 1 && apart > map.getZoom()) map.fitBounds(bounds.pad(0.2));
    else window.location.assign(spots.length > 1 ? address(bounds.pad(0.001)) : spots[0].href);
  }

  function sign(spots) {
    const alone = spots.length === 1 && spots[0].developments === 1;
    const values = {
      developments: total(spots, "developments"),
      homes: total(spots, "homes"),
      from: cheapest(spots).from,
      name: spots[0].name,
    };
    const button = document.createElement("button");
    button.type = "button";
    button.className = alone ? "anju-sign" : "anju-sign anju-sign--many";
    button.textContent = words(alone ? said.one : said.many, values);
    if (alone) button.setAttribute("aria-label", words(said.named, { ...values, text: button.textContent }));
    button.addEventListener("click", (event) => {
      event.stopPropagation(); // a press on the ground closes what is open
      // Dragging the map by a sign ends in a click that nobody meant; one by keyboard has no detail.
      if (event.detail && map.dragging.moved()) return;
      if (alone) card(spots[0], button);
      else closer(spots);
    });
    const icon = new DivIcon({ html: button, className: "anju-map__sign", iconSize: null });
    return new Marker(drawn([spots[0].lat, spots[0].lon]), { icon, interactive: false, keyboard: false });
  }

  // The address of the same search in what the map shows.
  function address(bounds) {
    const south = told([bounds.getSouth(), bounds.getWest()]);
    const north = told([bounds.getNorth(), bounds.getEast()]);
    const target = new URL(element.dataset.search, window.location.href);
    target.searchParams.set("box", [...south, ...north].map((degrees) => degrees.toFixed(DECIMALS)).join(","));
    return target.href;
  }

  function show(answer) {
    if (answer.outlines) {
      new GeoJSON(answer.outlines, {
        interactive: false,
        className: "anju-map__outline",
        coordsToLatLng: ([lon, lat]) => drawn([lat, lon]),
        onEachFeature: (feature, outline) => {
          const name = feature.properties?.name;
          if (name) outline.bindTooltip(name, { permanent: true, direction: "center", className: "anju-map__name" });
        },
      }).addTo(map);
    }
    const box = element.dataset.box ? element.dataset.box.split(",").map(Number) : null;
    const corners = box ? [[box[0], box[1]], [box[2], box[3]]] : answer.spots.map((spot) => [spot.lat, spot.lon]);
    const padding = box ? [0, 0] : [SIGN_WIDTH / 2 + EDGE, SIGN_HEIGHT / 2 + EDGE];
    let moved = false;
    let fitting = false;
    const place = () => {
      signs.clearLayers();
      for (const spots of gather(answer.spots, (spot) => map.project(drawn([spot.lat, spot.lon])))) {
        signs.addLayer(sign(spots));
      }
    };
    const fit = () => {
      fitting = true;
      if (corners.length) map.fitBounds(corners.map(drawn), { padding, maxZoom: CLOSEST - 2, animate: false });
      else map.setView(drawn([35, 105]), 4);
      fitting = false;
      place();
    };
    map.on("zoomend", () => map.getSize().x && place());
    map.on("dragend zoomend", () => {
      if (fitting) return;
      moved = true;
      again.hidden = false;
    });
    again.addEventListener("click", () => window.location.assign(address(map.getBounds())));
    // It is told of its size at once, and whenever it is shown, hidden or made wider: unseen it cannot be measured.
    new ResizeObserver(() => {
      if (!element.offsetWidth) return;
      map.invalidateSize({ pan: false });
      if (!moved) fit();
    }).observe(element);
  }

  const again = element.parentElement.querySelector("[data-map-again]");
  fetch(element.dataset.spots)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
    .then(show)
    .catch(() => {
      element.parentElement.querySelector("[data-map-failed]").hidden = false;
    });
}

// On a phone the list comes first, and the map when it is asked for: one that is not seen cannot be measured.
for (const both of document.querySelectorAll(".anju-both")) {
  const element = both.querySelector(".anju-map__ground");
  const turn = both.querySelector("[data-map-turn]");
  let begun = false;
  const begin = () => {
    if (begun || !element.offsetWidth) return;
    begun = true;
    draw(element);
  };
  both.classList.add("anju-both--alive");
  turn.hidden = false;
  turn.addEventListener("click", () => {
    const shown = both.classList.toggle("anju-both--map");
    turn.textContent = shown ? turn.dataset.toList : turn.dataset.toMap;
    begin();
  });
  window.addEventListener("resize", begin);
  begin();
}
