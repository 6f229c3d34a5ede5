// One stream of server-sent events: closed while the page is hidden, resumed where it was. When it is
// gone for a minute, on.lost is told since when; nothing on the page goes blank.
const LOST_AFTER = 60_000;
const clock = () =>
  new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

export function live(url, on) {
  let source;
  let gone;
  let last = new URL(url, location).searchParams.get("from");
  const open = () => {
    if (source || document.hidden) return;
    const from = new URL(url, location);
    from.searchParams.set("from", last);
    source = new EventSource(from);
    source.addEventListener("error", () => {
      const since = clock();
      gone ??= setTimeout(() => on.lost?.(since), LOST_AFTER);
    });
    source.addEventListener("open", () => {
      clearTimeout(gone);
      gone = undefined;
    });
    for (const [name, act] of Object.entries(on)) {
      if (name === "lost") continue;
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
