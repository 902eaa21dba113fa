// The script of every page (the map has one more, map.js). Every page works without it; it adds focus handling, the
// folding menu, double-click protection, suggestions in search boxes, running totals, a button that prints, and lets htmx replace search results in place.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  NotificationBanner,
  PasswordInput,
  Radios,
  ServiceNavigation,
  SkipLink,
  createAll,
} from "govuk-frontend";
import "htmx.org";
import { printing } from "./print.js";
import { suggest } from "./suggest.js";
import { total } from "./totals.js";

const components = [
  [Button, { preventDoubleClick: true }],
  [CharacterCount],
  [Checkboxes],
  [ErrorSummary],
  [NotificationBanner],
  [PasswordInput],
  [Radios],
  [ServiceNavigation],
  [SkipLink],
];

function enhance(scope) {
  for (const [component, config] of components) createAll(component, config ?? {}, scope);
  for (const form of scope.querySelectorAll("form[data-suggest]")) suggest(form);
}

enhance(document);
for (const place of document.querySelectorAll("[data-total]")) total(place);
for (const place of document.querySelectorAll("[data-print]")) printing(place);

// Filters are folded where they would hide the results, and open beside them on wide screens.
if (window.matchMedia("(min-width: 769px)").matches) {
  for (const fold of document.querySelectorAll(".anju-filters:not(.anju-filters--across) > .anju-filters__fold")) fold.open = true;
}

document.addEventListener("htmx:after:swap", (event) => enhance(event.target));
