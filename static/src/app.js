// The only script. Every page works without it; it adds focus handling, the folding menu, double-click protection,
// and lets htmx replace search results in place.
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
import htmx from "htmx.org";

// Set before htmx looks at the page: no styles of its own (our policy forbids inline ones).
htmx.config.includeIndicatorCSS = false;

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
}

enhance(document);
document.addEventListener("htmx:after:swap", (event) => enhance(event.target));
