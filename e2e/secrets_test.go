package e2e

import (
	"context"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/chromedp"
)

// passwords are those of the sandbox's people and the wrong ones these tests use. No page may hold any of them.
var passwords = []string{demoPassword, wrongPassword}

// traces searches where a page can keep or show things for secrets and names the places that hold one.
func traces(r *realm, secrets []string) ([]string, error) {
	return try[[]string](r, `
		const [secrets] = args;
		const places = {
			location: location.href,
			history: JSON.stringify(history.state),
			cookies: document.cookie,
			"local storage": JSON.stringify(localStorage),
			"session storage": JSON.stringify(sessionStorage),
			document: document.documentElement.outerHTML,
			"window name": window.name,
			"performance entries": JSON.stringify(performance.getEntries()),
			session: JSON.stringify(globalThis.exact?.session),
			client: JSON.stringify(globalThis.exact),
		};
		for (const { name } of await indexedDB.databases()) {
			const db = await new Promise((ok, no) => {
				const request = indexedDB.open(name);
				request.onsuccess = () => ok(request.result);
				request.onerror = () => no(request.error);
			});
			let text = "";
			for (const store of db.objectStoreNames) {
				text += await new Promise((ok, no) => {
					const request = db.transaction(store).objectStore(store).getAll();
					request.onsuccess = () => ok(JSON.stringify(request.result, (_, v) =>
						v instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(v))
						: ArrayBuffer.isView(v) ? String.fromCharCode(...new Uint8Array(v.buffer, v.byteOffset, v.byteLength)) : v));
					request.onerror = () => no(request.error);
				});
			}
			db.close();
			places["database " + name] = text;
		}
		return Object.entries(places).filter(([, text]) => secrets.some((s) => text?.includes(s))).map(([place]) => place);`, secrets)
}

// heap takes a snapshot of the realm's JavaScript heap after a garbage collection. Only strings are readable in it, and
// of a long one only the first 5,000 characters.
func heap(r *realm) string {
	r.b.t.Helper()
	var mu sync.Mutex
	var text strings.Builder
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	if err := chromedp.Listen(ctx, func(event any) {
		if chunk, ok := event.(*heapprofiler.EventAddHeapSnapshotChunk); ok {
			mu.Lock()
			defer mu.Unlock()
			text.WriteString(chunk.Chunk)
		}
	}); err != nil {
		r.b.t.Fatal(err)
	}
	call(r, heapprofiler.CollectGarbage, cdp.Empty{})
	// The chunks come before the command's answer, in one ordered stream.
	call(r, heapprofiler.TakeHeapSnapshot, heapprofiler.TakeHeapSnapshotParams{})
	mu.Lock()
	defer mu.Unlock()
	return text.String()
}
