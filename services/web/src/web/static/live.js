// One stream of server-sent events: closed while the page is hidden, resumed where it was.
export function live(url, on) {
  let source;
  let last = new URL(url, location).searchParams.get("from");
  const open = () => {
    if (source || document.hidden) return;
    const from = new URL(url, location);
    from.searchParams.set("from", last);
    source = new EventSource(from);
    for (const [name, act] of Object.entries(on)) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        act(JSON.parse(event.data));
      });
    }
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  open();
}
