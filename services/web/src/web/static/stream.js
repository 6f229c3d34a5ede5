// <event-rows>: new events appear on top of the operators' table; the oldest rows fall off.
import { live } from "./live.js";

const MOST = 100;

class EventRows extends HTMLElement {
  connectedCallback() {
    const rows = document.querySelector("#rows");
    live(this.dataset.events, {
      event: (event) => {
        const row = document.createElement("tr");
        const cells = [event.time, `${event.title} ${event.name}`, event.version, event.area, event.subject];
        for (const text of cells) row.append(Object.assign(document.createElement("td"), { textContent: text }));
        rows.prepend(row);
        while (rows.rows.length > MOST) rows.lastElementChild.remove();
      },
      reload: () => location.reload(),
    });
  }
}

customElements.define("event-rows", EventRows);
