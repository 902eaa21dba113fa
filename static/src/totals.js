// What the ticked boxes of a form come to, said beside them (templates/components/totals.html). The server's own sum
// stands there first; with this script the button that asks
// for it is not needed, and the two that tick all boxes or none send nothing.
const yuan = (fen) =>
  `${fen < 0 ? "-" : ""}¥${(Math.abs(fen) / 100).toLocaleString("en-US", { minimumFractionDigits: fen % 100 ? 2 : 0 })}`;

// Keep a total up while boxes of its form are ticked; harmless when repeated.
export function total(place) {
  const form = place.closest("form");
  const say = (part, text) => {
    const element = place.querySelector(`[data-total-${part}]`);
    if (element) element.textContent = text;
  };
  const add = () => {
    const ticked = [...form.querySelectorAll("[data-fen]:checked")];
    const sum = ticked.reduce((fen, box) => fen + Number(box.dataset.fen), 0);
    say("count", ticked.length);
    say("sum", yuan(sum));
    say("rest", yuan(sum - Number(place.dataset.less)));
  };
  const button = (value) => place.querySelector(`button[value="${value}"]`);
  place.querySelector("[data-total-button]").hidden = true;
  for (const [value, ticked] of [["all", true], ["none", false]])
    button(value)?.addEventListener("click", (event) => {
      event.preventDefault();
      for (const box of form.querySelectorAll("[data-fen]")) box.checked = ticked;
      add();
    });
  form.addEventListener("change", add);
  add();
}
