// A button that opens the browser's dialog of printing (print_button in templates/components/links.html). Phones hide that
// dialog deep in a menu, so that a page which is meant for paper shows the way; without this script nothing is offered.
export function printing(place) {
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => window.print());
}
