// What `fetch` is asked to do, once the browser's own and once exactlogin's, in one page: each case returns a
// description in plain data, and the two must be equal. The inside of an async function with the arguments
// {api, foreign, gone}: origins with the fixtures that get the token and that do not, and one where nothing listens.

const { api, foreign, gone } = args[0];
const native = globalThis.fetch.bind(globalThis);
const cases = {};
const add = (name, run) => {
	if (name in cases) throw new Error(`two cases are named ${name}`);
	cases[name] = run;
};
const fixture = (path, query = {}) => {
	const url = new URL(`${api}/_fixture/${path}`);
	for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) url.searchParams.append(name, value);
	return url.href;
};
const respond = (query) => fixture("respond", query);
const echo = fixture("echo");

// Descriptions

const mask = (text) => String(text).replaceAll(api, "<api>").replaceAll(foreign, "<foreign>").replaceAll(location.origin, "<page>").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>").replace(/gate\/[^/?"]+/g, "gate/<id>");
const fault = (e) => {
	if (!(e instanceof Error || e instanceof DOMException)) return { thrown: typeof e, value: String(e) };
	return { error: e.name, kind: e instanceof DOMException ? "DOMException" : e.constructor === globalThis[e.name] ? "native" : e.constructor.name, code: e.code ?? null };
};
const attempt = async (f) => { try { return await f(); } catch (e) { return fault(e); } };
const attemptNow = (f) => { try { return f(); } catch (e) { return fault(e); } };
const hash = async (data) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (n) => n.toString(16).padStart(2, "0")).join("");
const members = (object) => { const all = []; for (const name in object) all.push(name); return all.sort(); };
const ofHeaders = (headers) => [...headers].filter(([name]) => !["date", "connection"].includes(name));
const ofResponse = (r) => ({
	url: mask(r.url), type: r.type, redirected: r.redirected, status: r.status, ok: r.ok, statusText: r.statusText, headers: ofHeaders(r.headers),
	hasBody: r.body !== null, sameBody: r.body === r.body, stream: r.body === null || r.body instanceof ReadableStream, locked: r.body?.locked ?? null, bodyUsed: r.bodyUsed,
	isResponse: r instanceof Response, constructed: r.constructor === Response, tag: String(r), own: Reflect.ownKeys(r).length, keys: Object.keys(r), members: members(r), json: JSON.stringify(r),
	headersIsHeaders: r.headers instanceof Headers, sameHeaders: r.headers === r.headers, headersTag: String(r.headers), headersMembers: members(r.headers), headersConstructed: r.headers.constructor === Headers,
});
const ofText = async (r) => ({ ...ofResponse(r), text: mask(await r.text()), used: r.bodyUsed });
const sent = async (r) => {
	const { method, url, headers, length, sha256, body } = await r.json();
	const boundary = headers["content-type"]?.[0]?.match(/boundary=(.*)$/)?.[1];
	const clean = (text) => mask(boundary ? text.replaceAll(boundary, "<boundary>") : text);
	const kept = {};
	// Of the rest some are the token's and some the browser gives windows alone (Sec-CH-UA).
	for (const name of Object.keys(headers).sort()) {
		if (/^(accept|accept-language|content-.*|cookie|if-.*|origin|pragma|cache-control|priority|range|referer|sec-fetch-.*|transfer-encoding|user-agent|x-.*)$/.test(name)) kept[name] = headers[name].map(clean);
	}
	if (kept["if-none-match"]) delete kept["cache-control"]; // Chromium adds one in windows alone.
	return { method, url, headers: kept, length, sha256: boundary ? "" : sha256, body: clean(atob(body)), consistent: !boundary || atob(body).includes(boundary) };
};
const outcome = (f) => attempt(async () => ofText(await f()));
const ids = () => crypto.randomUUID();
const order = (id, what, query = "") => native(`${api}/_fixture/gate/${id}/${what}${query}`, { method: "POST" });
const until = async (condition) => { while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 10)); };
const closed = (id) => until(async () => (await (await native(`${api}/_fixture/gate/${id}/state`)).json()).closed);
const opened = (id) => until(async () => (await (await native(`${api}/_fixture/gate/${id}/state`)).json()).open);
const readAll = async (reader) => {
	let length = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return length;
		length += value.byteLength;
	}
};
const readers = ["text", "json", "bytes", "arrayBuffer", "blob", "formData"];

// Methods

for (const method of ["GET", "get", "HEAD", "POST", "post", "PUT", "PATCH", "patch", "DELETE", "delete", "OPTIONS", "QUERY", "chicken", "CONNECT", "TRACE", "bad method", ""]) {
	add(`method ${method || "empty"}`, (fetch) => attempt(async () => {
		const r = await fetch(echo, { method });
		return { ...ofResponse(r), headers: 0, sent: method === "HEAD" ? await r.text() : await sent(r) };
	}));
}

// Statuses

for (const status of [200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 305, 306, 400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 418, 422, 425, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 511, 599]) {
	add(`status ${status}`, (fetch) => outcome(() => fetch(respond({ status, body: [204, 205, 304].includes(status) ? "" : `body of ${status}`, header: "Content-Type: text/plain" }), { method: "POST" })));
}
for (const status of [204, 205, 304]) {
	add(`null body ${status}, read twice and cloned`, async (fetch) => {
		const r = await fetch(respond({ status }), { method: "POST" });
		const copy = r.clone();
		return [ofResponse(r), ofResponse(copy), await r.text(), r.bodyUsed, await attempt(() => r.text()), (await copy.arrayBuffer()).byteLength, copy.bodyUsed];
	});
}
for (const text of ["Fine", "Not What You Think", "Grüße", "日本", "a\tb"]) {
	add(`status text ${JSON.stringify(text)}`, (fetch) => outcome(() => fetch(respond({ status: 299, text, body: "x" }))));
}
add("status text on a clone", async (fetch) => ofText((await fetch(respond({ status: 404, text: "Grüße", body: "x" }))).clone()));

// Response headers

for (const [name, header] of Object.entries({
	one: ["X-One: 1"], repeated: ["X-Many: a", "X-Many: b", "X-Many: c"], "with commas": ["X-Many: a, b", "X-Many: c"], empty: ["X-Empty:"], "one of two empty": ["X-Empty:", "X-Empty: b"],
	"case": ["x-lower: 1", "X-UPPER: 2", "X-MiXeD: 3"], cookie: ["Set-Cookie: a=b"], latin: ["X-Latin: Gr\u00fc\u00dfe"], quoted: ['X-Quoted: "a, b"', 'X-Quoted: "c"'], content: ["Content-Type: text/html; charset=ISO-8859-1"],
	language: ["Content-Language: de", "Cache-Control: no-cache", "Expires: 0", "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT", "Pragma: no-cache"],
})) {
	add(`response headers ${name}`, async (fetch) => {
		const { headers } = await fetch(respond({ header, body: "x" }));
		return [ofHeaders(headers), ["x-many", "X-MANY", "x-empty", "set-cookie", "content-type", "x-lower", "x-latin"].map((n) => [headers.get(n), headers.has(n)]), headers.getSetCookie(),
			[...headers.keys()].filter((n) => n !== "date"), attemptNow(() => headers.get("no such name"))];
	});
}
for (const [name, change] of Object.entries({
	append: (h) => h.append("x-new", "1"), set: (h) => h.set("x-one", "2"), delete: (h) => h.delete("x-one"), "delete of none": (h) => h.delete("x-none"), "append without a value": (h) => h.append("x"), "set without anything": (h) => h.set(),
	"bad name": (h) => h.append("bad name", "1"), "bad value": (h) => h.append("a", "\0"), "a value that throws": (h) => h.set("a", { toString() { throw new RangeError("mine"); } }), forbidden: (h) => h.append("set-cookie", "a=b"),
})) {
	for (const copied of [false, true]) {
		add(`headers are immutable${copied ? " on a clone" : ""}: ${name}`, async (fetch) => {
			let r = await fetch(respond({ header: "X-One: 1", body: "x" }));
			if (copied) r = r.clone();
			return [attemptNow(() => change(r.headers)), ofHeaders(r.headers)];
		});
	}
}
add("headers can be copied and changed", async (fetch) => {
	const headers = new Headers((await fetch(respond({ header: ["X-One: 1", "X-Two: 2"], body: "x" }))).headers);
	headers.set("x-one", "changed");
	return ofHeaders(headers);
});
add("a response made of a response", async (fetch) => {
	const r = await fetch(respond({ status: 404, header: "X-One: 1", body: "x" }));
	const made = new Response(r.body, r);
	made.headers.set("x-one", "2");
	return [{ ...await ofText(made) }, r.bodyUsed];
});
add("brands are checked", async (fetch) => {
	const r = await fetch(respond({ body: "x" }));
	const child = Object.create(r);
	return ["url", "type", "status", "headers", "body", "bodyUsed", "ok", "redirected", "statusText"].map((name) => attemptNow(() => String(child[name])));
});
add("methods of a response torn off", async (fetch) => {
	const r = await fetch(respond({ body: "x" }));
	const { text, clone } = r;
	return [await attempt(() => text()), attemptNow(() => clone()), text.name, text.length, clone.name, clone.length, r.headers.set.name, r.headers.set.length];
});

// Bodies of responses

for (const n of [0, 1, 1000, 65535, 65536, 65537, 200000, 1500000]) {
	for (const reader of ["bytes", "arrayBuffer", "blob", "text"]) {
		add(`${n} bytes by ${reader}`, async (fetch) => {
			const r = await fetch(fixture("bytes", { n }));
			const value = await r[reader]();
			const data = typeof value === "string" ? new TextEncoder().encode(value) : value instanceof Blob ? await value.arrayBuffer() : value;
			return { ...ofResponse(r), kind: Object.prototype.toString.call(value), type: value.type ?? null, length: data.byteLength, hash: await hash(data) };
		});
	}
	add(`${n} bytes by a reader`, async (fetch) => {
		const r = await fetch(fixture("bytes", { n }));
		const reader = r.body.getReader();
		return [r.bodyUsed, r.body.locked, await readAll(reader), r.bodyUsed, await attempt(() => reader.closed), (await reader.read()).done];
	});
	add(`${n} bytes by two clones`, async (fetch) => {
		const r = await fetch(fixture("bytes", { n }));
		const copy = r.clone(), third = copy.clone();
		return [ofResponse(copy), ofResponse(third), await Promise.all([r, copy, third].map(async (x) => hash(await x.arrayBuffer()))), r.bodyUsed, copy.bodyUsed];
	});
}
for (const reader of readers) {
	add(`${reader} of JSON, twice`, async (fetch) => {
		const r = await fetch(respond({ header: "Content-Type: application/json", body: '{"a":[1,2,"ü"]}' }));
		const first = await attempt(() => r[reader]());
		return [Object.prototype.toString.call(first), first?.error ?? null, JSON.stringify(first), r.bodyUsed, await attempt(() => r[reader]()), attemptNow(() => String(r.clone()))];
	});
	add(`${reader} of a locked body`, async (fetch) => {
		const r = await fetch(respond({ body: "x" }));
		const lock = r.body.getReader();
		const locked = await attempt(() => r[reader]());
		const copied = attemptNow(() => String(r.clone()));
		lock.releaseLock();
		return [locked, copied, r.bodyUsed, await r.text()];
	});
}
add("json of what is none", async (fetch) => attempt(async () => (await fetch(respond({ body: "{" }))).json()));
add("json of nothing", async (fetch) => attempt(async () => (await fetch(respond({}))).json()));
add("formData of a form", async (fetch) => [...await (await fetch(respond({ header: "Content-Type: application/x-www-form-urlencoded", body: "a=1&b=%C3%BC" }))).formData()]);
add("formData of parts", async (fetch) => [...await (await fetch(respond({ header: "Content-Type: multipart/form-data; boundary=xx", body: '--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--xx--\r\n' }))).formData()]);
add("text with a byte order mark", async (fetch) => (await fetch(respond({ body: "\ufeffx" }))).text());
add("blob has the type", async (fetch) => (await (await fetch(respond({ header: "Content-Type: Text/HTML; charset=utf-8", body: "x" }))).blob()).type);
add("HEAD", (fetch) => outcome(() => fetch(fixture("bytes", { n: 1000 }), { method: "HEAD" })));
add("HEAD cloned", async (fetch) => ofText((await fetch(fixture("bytes", { n: 1000 }), { method: "HEAD" })).clone()));

// Streams of responses

add("a BYOB reader", async (fetch) => {
	const reader = (await fetch(fixture("bytes", { n: 100000 }))).body.getReader({ mode: "byob" });
	let view = new Uint8Array(1000), total = 0, sum = 0;
	for (;;) {
		const { done, value } = await reader.read(view);
		if (done) return [total, sum, value.byteLength, await attempt(() => reader.closed)];
		total += value.byteLength;
		for (const n of value) sum += n;
		view = new Uint8Array(value.buffer);
	}
});
add("a BYOB reader of a small body, to the end", async (fetch) => {
	const reader = (await fetch(respond({ body: "hello" }))).body.getReader({ mode: "byob" });
	const first = await reader.read(new Uint8Array(10));
	const second = await reader.read(new Uint8Array(10));
	return [first.done, Array.from(first.value), second.done, second.value.byteLength];
});
add("a BYOB reader of an empty body", async (fetch) => {
	const r = await fetch(respond({}));
	const reader = r.body.getReader({ mode: "byob" });
	const { done, value } = await reader.read(new Uint8Array(10));
	return [done, value?.byteLength];
});
add("a BYOB reader that waits when the body ends", async (fetch) => {
	const id = ids();
	const reader = (await fetch(fixture(`gate/${id}`))).body.getReader({ mode: "byob" });
	const pending = reader.read(new Uint8Array(10));
	await order(id, "end");
	const { done, value } = await pending;
	return [done, value.byteLength, await attempt(() => reader.closed)];
});
add("chunks are Uint8Arrays", async (fetch) => {
	const { value } = await (await fetch(respond({ body: "hello" }))).body.getReader().read();
	return [value.constructor === Uint8Array, Array.from(value)];
});
add("for await", async (fetch) => {
	let n = 0;
	const r = await fetch(fixture("bytes", { n: 300000 }));
	for await (const chunk of r.body) n += chunk.byteLength;
	return [n, r.bodyUsed, r.body.locked];
});
add("for await left early", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	await order(id, "next", "?body=x");
	for await (const chunk of r.body) if (chunk) break;
	await closed(id);
	return [r.bodyUsed, r.body.locked, await attempt(() => r.text())];
});
add("tee", async (fetch) => {
	const r = await fetch(fixture("bytes", { n: 100000 }));
	const [a, b] = r.body.tee();
	return [await readAll(a.getReader()), await readAll(b.getReader()), r.bodyUsed, r.body.locked];
});
add("pipeThrough", async (fetch) => {
	let text = "";
	await (await fetch(respond({ body: "grün" }))).body.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: (chunk) => void (text += chunk) }));
	return text;
});
add("a body cancelled", async (fetch) => {
	const r = await fetch(respond({ body: "hello" }));
	return [await attempt(() => r.body.cancel("enough")), r.bodyUsed, await attempt(() => r.text()), attemptNow(() => String(r.clone()))];
});
add("cancel closes the connection", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	const reader = r.body.getReader();
	await order(id, "next", "?body=x");
	const { value } = await reader.read();
	await reader.cancel("enough");
	await closed(id);
	return [Array.from(value), (await reader.read()).done, await attempt(() => reader.closed)];
});
add("cancel of one clone, then of the other", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	const copy = r.clone();
	const first = r.body.cancel("one");
	await order(id, "next", "?body=abc");
	const { value } = await copy.body.getReader().read();
	void first;
	return Array.from(value);
});
add("cancel of both clones closes the connection", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	const copy = r.clone();
	await Promise.all([r.body.cancel("one"), copy.body.cancel("two")]);
	await closed(id);
	return [r.bodyUsed, copy.bodyUsed];
});
add("the first chunk comes before the last is sent", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
	const got = [];
	for (const body of ["one", "two"]) {
		await order(id, "next", `?body=${body}`);
		got.push((await reader.read()).value);
	}
	await order(id, "end");
	return [...got, (await reader.read()).done];
});
add("released and read on", async (fetch) => {
	const r = await fetch(respond({ body: "hello" }));
	const first = r.body.getReader();
	first.releaseLock();
	return [r.bodyUsed, await r.text()];
});
for (const accessor of ["start", "type", "size", "highWaterMark", "pull", "cancel", "autoAllocateChunkSize", "status", "statusText", "headers", "url", "f", "k", "body", "chunk", "whole", "get", "value", "signal", "once", "mode", "cache", "method"]) {
	add(`a hostile Object.prototype.${accessor}`, async (fetch) => {
		const parts = respond({ body: "hello" }), many = fixture("bytes", { n: 100000 });
		// Only what the browser itself does not read of an `init`, a reader's result or a descriptor.
		Object.defineProperty(Object.prototype, accessor, { configurable: true, get() { throw new Error(`Object.prototype.${accessor} was read`); }, set(value) { Object.defineProperty(this, accessor, { value, writable: true, enumerable: true, configurable: true }); } });
		try {
			return await attempt(async () => [await (await fetch(parts)).text(), (await (await fetch(many)).arrayBuffer()).byteLength]);
		} finally {
			delete Object.prototype[accessor];
		}
	});
}

// Bodies of requests

const file = () => new File(["the file's text"], "ü \"quoted\".txt", { type: "text/plain" });
const form = () => {
	const f = new FormData();
	f.append("text", "grün");
	f.append("file", file());
	f.append("blob", new Blob(["b".repeat(70000)]), "b.bin");
	return f;
};
const bodies = {
	"a string": () => "grün", "an empty string": () => "", "a lone surrogate": () => "a\ud800b", "a long string": () => "x".repeat(300000), "a number": () => 5, "an object": () => ({}), "an array": () => [1, 2], "false": () => false,
	"null": () => null, "undefined": () => undefined, "an ArrayBuffer": () => new Uint8Array([1, 2, 3]).buffer, "an empty ArrayBuffer": () => new ArrayBuffer(0), "a view of a part": () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
	"a DataView": () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 2), "floats": () => new Float64Array([1.5]), "a Blob": () => new Blob(["blob"]), "a typed Blob": () => new Blob(["blob"], { type: "Text/X-Mine" }), "an empty Blob": () => new Blob([]), "a large Blob": () => new Blob(["x".repeat(2000000)]),
	"a File": file, "a slice of a File": () => file().slice(2, 6, "a/b"), "URLSearchParams": () => new URLSearchParams({ a: "ü", b: "1 2" }), "an empty FormData": () => new FormData(), "FormData of text": () => { const f = new FormData(); f.append("a", "b"); return f; }, "FormData with files": form,
	"a stringifiable": () => ({ toString: () => "my text" }), "shared memory": () => typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(3) : "none",
};
for (const [name, body] of Object.entries(bodies)) {
	add(`body ${name}`, (fetch) => attempt(async () => sent(await fetch(echo, { method: "POST", body: body() }))));
	add(`body ${name}, in a Request`, (fetch) => attempt(async () => {
		const request = new Request(echo, { method: "PUT", body: body() });
		const pending = fetch(request);
		const used = request.bodyUsed;
		return [await sent(await pending), used, request.bodyUsed, await attempt(() => fetch(request).then(() => "sent again"))];
	}));
}
for (const [name, body] of Object.entries({ "a string": "x", "a Blob": new Blob(["x"], { type: "a/b" }), "URLSearchParams": new URLSearchParams("a=b"), "bytes": new Uint8Array(3) })) {
	add(`body ${name} with a Content-Type of one's own`, async (fetch) => sent(await fetch(echo, { method: "POST", body, headers: { "content-TYPE": "application/x-mine; a=b" } })));
	add(`body ${name} with an empty Content-Type`, async (fetch) => sent(await fetch(echo, { method: "POST", body, headers: [["Content-Type", ""]] })));
}
for (const method of ["GET", "HEAD"]) add(`a body with ${method}`, (fetch) => attempt(() => fetch(echo, { method, body: "x" })));
add("an empty body with GET", (fetch) => attempt(() => fetch(echo, { body: "" })));
add("a body that is changed after the call", async (fetch) => {
	const bytes = new Uint8Array([1, 2, 3]);
	const pending = fetch(echo, { method: "POST", body: bytes });
	bytes.fill(9);
	return [await sent(await pending), bytes.byteLength];
});
add("parameters that are changed after the call", async (fetch) => {
	const params = new URLSearchParams("a=1");
	const pending = fetch(echo, { method: "POST", body: params });
	params.set("a", "2");
	return sent(await pending);
});
add("a body is not detached", async (fetch) => {
	const { buffer } = new Uint8Array([1, 2, 3]);
	await (await fetch(echo, { method: "POST", body: buffer })).text();
	return buffer.byteLength;
});
add("a Request's body over which init puts another", async (fetch) => {
	const request = new Request(echo, { method: "POST", body: "first" });
	const answer = await sent(await fetch(request, { body: "second" }));
	return [answer, request.bodyUsed];
});
add("a Request's clone", async (fetch) => {
	const request = new Request(echo, { method: "POST", body: "text" });
	const copy = request.clone();
	return [await sent(await fetch(copy)), request.bodyUsed, await request.text()];
});
add("a Request whose body was read", (fetch) => attempt(async () => {
	const request = new Request(echo, { method: "POST", body: "text" });
	await request.text();
	return fetch(request);
}));
add("a stream without duplex", (fetch) => attempt(() => fetch(echo, { method: "POST", body: new ReadableStream() })));
add("a stream that is locked", (fetch) => attempt(() => {
	const body = new ReadableStream();
	body.getReader();
	return fetch(echo, { method: "POST", body, duplex: "half" });
}));
add("a stream with keepalive", (fetch) => attempt(() => fetch(echo, { method: "POST", body: new ReadableStream(), duplex: "half", keepalive: true })));
add("a stream is locked by the call", async (fetch) => {
	const body = new ReadableStream({ start(c) { c.close(); } });
	const pending = attempt(() => fetch(echo, { method: "POST", body, duplex: "half" }));
	const { locked } = body;
	await pending;
	return locked;
});
add("duplex full", (fetch) => attempt(() => fetch(echo, { method: "POST", body: "x", duplex: "full" })));

// Inputs

const inputs = {
	"a URL": () => new URL(echo), "a stringifiable": () => ({ toString: () => echo }), "a String object": () => new String(echo), "a fragment": () => `${echo}?a#b`, "spaces around it": () => `  ${echo}\n`, "a query to be escaped": () => `${echo}?q=ü "`, "upper case": () => echo.replace("http", "HTTP"),
	"dots in the path": () => echo.replace("/echo", "/x/../echo"), "backslashes": () => echo.replace("/_fixture/", "\\_fixture\\"), "a tab inside": () => echo.replace("echo", "ec\tho"), "user and password": () => echo.replace("http://", "http://user:password@"), "an empty string": () => "", "a number": () => 5, "null": () => null, "undefined": () => undefined,
	"a symbol": () => Symbol("x"), "an invalid URL": () => "http://", "a port out of range": () => "http://127.0.0.1:99999/", "another scheme": () => "ftp://127.0.0.1/", "a nonsense scheme": () => "nonsense:x", "javascript": () => "javascript:0", "about:blank": () => "about:blank", "an object that throws": () => ({ toString() { throw new RangeError("mine"); } }),
	"a relative URL": () => "../../../web/dist/sw.js", "a path": () => "/web/dist/sw.js", "without a scheme": () => echo.replace("http:", ""), "data": () => "data:text/plain,hello", "data in base64": () => "data:text/x-a;charset=utf-8;base64,aGVsbG8=", "broken data": () => "data:text/plain;base64,***",
	"a blob": () => URL.createObjectURL(new Blob(["blob"], { type: "a/b" })), "a revoked blob": () => { const url = URL.createObjectURL(new Blob(["blob"])); URL.revokeObjectURL(url); return url; }, "a foreign origin": () => `${foreign}/_fixture/respond?body=foreign`, "a foreign origin without CORS": () => `${foreign}/_fixture/respond?body=foreign&cors=off`, "where nothing listens": () => gone,
	"no such path": () => `${api}/_fixture/none`, "no CORS": () => respond({ body: "x", cors: "off" }),
};
for (const [name, input] of Object.entries(inputs)) {
	add(`input ${name}`, (fetch) => attempt(async () => {
		const r = await fetch(input());
		return r.url.includes("/echo") ? [mask(r.url), await sent(r)] : { ...await ofText(r), headers: r.headers.get("content-type") };
	}));
}
add("no input", (fetch) => attempt(() => fetch()));
add("a stringifiable is asked once", async (fetch) => {
	let n = 0;
	await (await fetch({ toString: () => (n++, echo) })).text();
	return n;
});
add("a foreign stringifiable is asked once", async (fetch) => {
	let n = 0;
	await (await fetch({ toString: () => (n++, `${foreign}/_fixture/echo`) })).text();
	return n;
});
add("a Request of another realm", (fetch) => attempt(async () => {
	const frame = document.body.appendChild(document.createElement("iframe"));
	try {
		const request = new frame.contentWindow.Request(echo, { method: "POST", body: "other realm", headers: { "x-a": "b" } });
		return [await sent(await fetch(request)), request.bodyUsed];
	} finally {
		frame.remove();
	}
}));
for (const [name, body] of Object.entries({ "an ArrayBuffer": (w) => new w.ArrayBuffer(4), "a Blob": (w) => new w.Blob(["other"], { type: "a/b" }), "a view": (w) => new w.Uint8Array([1, 2]), "a form": (w) => { const f = new w.FormData(); f.append("a", "b"); return f; }, "parameters": (w) => new w.URLSearchParams("a=b") })) {
	add(`${name} of another realm`, (fetch) => attempt(async () => {
		const frame = document.body.appendChild(document.createElement("iframe"));
		try {
			return await sent(await fetch(echo, { method: "POST", body: body(frame.contentWindow), headers: new frame.contentWindow.Headers({ "x-a": "b" }) }));
		} finally {
			frame.remove();
		}
	}));
}
add("against the document's base", (fetch) => attempt(async () => {
	const base = document.head.appendChild(document.createElement("base"));
	base.href = `${api}/_fixture/somewhere/`;
	try {
		return await sent(await fetch("../echo?relative"));
	} finally {
		base.remove();
	}
}));
add("a Request with everything, and init over it", async (fetch) => {
	const request = new Request(echo, { method: "POST", body: "x", headers: { "x-a": "1", "x-b": "2" }, referrer: "", cache: "reload" });
	const answer = await sent(await fetch(request, { method: "PUT", headers: { "x-c": "3" } }));
	return [answer, request.method, ofHeaders(request.headers), request.bodyUsed];
});

// init

for (const [name, init] of Object.entries({ null: null, undefined: undefined, "a number": 5, "a string": "x", "an array": [], "a function": () => {}, "a date": new Date(0) })) {
	add(`init ${name}`, (fetch) => attempt(async () => sent(await fetch(echo, init))));
}
add("init is a Request", async (fetch) => sent(await fetch(echo, new Request(`${api}/other`, { method: "DELETE", headers: { "x-a": "b" } }))));
add("init by inheritance", async (fetch) => sent(await fetch(echo, Object.create({ method: "DELETE", headers: { "x-a": "b" } }))));
add("init is read once, in order", async (fetch) => {
	const read = [];
	await (await fetch(echo, new Proxy({ method: "POST", body: "x", headers: { "x-a": "1" } }, { get: (t, k) => (read.push(String(k)), t[k]) }))).text();
	return read;
});
add("a getter in init throws", (fetch) => attempt(() => fetch(echo, { get cache() { throw new RangeError("mine"); } })));
const headers = {
	"a record": { "X-A": "1", "x-b": "2" }, "pairs": [["X-A", "1"], ["x-a", "2"], ["X-A", "3"]], "Headers": new Headers([["X-A", "1"], ["x-a", "2"]]), "a Map": new Map([["x-a", "1"]]), "empty": {}, "null": null, "a number": 5, "a bad name": { "bad name": "1" }, "a bad value": { "x-a": "a\nb" }, "beyond Latin-1": { "x-a": "日本" }, "Latin-1": { "x-a": "Grüße" },
	"spaces around": { "x-a": " \t1 2 \t" }, "an empty value": { "x-a": "" }, "pairs of one": [["x-a"]], "pairs of three": [["a", "b", "c"]], "a number value": { "x-a": 5 }, "undefined value": { "x-a": undefined }, "forbidden ones": { "Host": "evil.test", "Cookie": "a=b", "Origin": "http://evil.test", "Sec-X": "1", "Proxy-X": "1", "Accept-Charset": "x", "Connection": "close", "X-A": "kept" },
	"safe ones": { "Accept": "text/x", "Accept-Language": "xx", "Content-Language": "yy", "Range": "bytes=0-9" }, "a method override": { "X-HTTP-Method-Override": "TRACE", "X-Method-Override": "GET" }, "conditions": { "If-None-Match": '"x"', "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" }, "a symbol key": { [Symbol("x")]: "1", "x-a": "1" }, "a proxy": new Proxy({ "x-a": "1" }, {}),
};
for (const [name, value] of Object.entries(headers)) add(`headers ${name}`, (fetch) => attempt(async () => sent(await fetch(echo, { headers: value }))));
add("headers by a generator", async (fetch) => sent(await fetch(echo, { headers: (function* () { yield ["X-A", "1"]; yield ["X-B", "2"]; })() })));
add("headers with getters are read once", async (fetch) => {
	let n = 0;
	return [await sent(await fetch(echo, { headers: { get "x-a"() { return String(++n); } } })), n];
});
add("headers are not changed", async (fetch) => {
	const mine = new Headers({ "x-a": "1" }), record = Object.freeze({ "x-a": "1" }), init = Object.freeze({ headers: record });
	await (await fetch(echo, { headers: mine, method: "POST", body: "x" })).text();
	await (await fetch(echo, init)).text();
	return [ofHeaders(mine), Object.keys(record), Object.keys(init)];
});
add("a Request is not changed", async (fetch) => {
	const request = new Request(echo, { headers: { "x-a": "1" } });
	await (await fetch(request)).text();
	await (await fetch(request)).text();
	return [ofHeaders(request.headers), request.cache, request.bodyUsed, mask(request.referrer), request.signal.aborted];
});
for (const [name, value] of Object.entries({ mode: ["cors", "same-origin", "no-cors", "navigate", "nonsense"], credentials: ["omit", "same-origin", "include", "nonsense"], cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached", "nonsense"],
	redirect: ["follow", "error", "manual", "nonsense"], priority: ["high", "low", "auto", "nonsense"], keepalive: [true, false, "yes"], referrer: ["", "about:client", "/somewhere?a#b", "http://evil.test/", "http://", location.href],
	referrerPolicy: ["", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url", "nonsense"],
	integrity: ["", "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "sha256-AAAANul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "nonsense"], window: [null, undefined, 5], signal: [null, undefined, {}, 5], unknown: [1] })) {
	for (const one of value) {
		add(`${name}: ${JSON.stringify(one) ?? "undefined"}`.replace(location.href, "the page"), (fetch) => attempt(async () => {
			const url = name === "integrity" ? respond({ body: "hello" }) : echo;
			const r = await fetch(url, { [name]: one });
			return { ...ofResponse(r), headers: r.headers.get("content-type"), sent: name === "integrity" || r.type === "opaque" ? await r.text() : await sent(r) };
		}));
	}
}
for (const [referrerPolicy, referrer] of [["unsafe-url", "about:client"], ["unsafe-url", "/else?x"], ["origin", "/else"], ["no-referrer", "/else"], ["unsafe-url", ""]]) {
	add(`referrer ${referrer || "none"} by ${referrerPolicy}`, async (fetch) => sent(await fetch(echo, { referrer, referrerPolicy })));
	add(`referrer ${referrer || "none"} by ${referrerPolicy}, in a Request`, async (fetch) => sent(await fetch(new Request(echo, { referrer, referrerPolicy }))));
}
add("the referrer follows the page's URL", async (fetch) => {
	const before = location.href;
	history.replaceState(null, "", "?moved#there");
	try {
		return await sent(await fetch(echo, { referrerPolicy: "unsafe-url" }));
	} finally {
		history.replaceState(null, "", before);
	}
});
add("an Authorization of one's own", async (fetch) => {
	const { headers } = await (await fetch(echo, { headers: { authorization: "mine" } })).json();
	return headers.authorization;
});
add("an Authorization of one's own, in a Request", async (fetch) => {
	const { headers } = await (await fetch(new Request(echo, { headers: { Authorization: "mine" } }))).json();
	return headers.authorization;
});
add("keepalive with a body", async (fetch) => sent(await fetch(echo, { method: "POST", keepalive: true, body: "x".repeat(1000) })));
add("keepalive with too much", (fetch) => attempt(() => fetch(echo, { method: "POST", keepalive: true, body: "x".repeat(70000) })));
add("only-if-cached of the same origin", (fetch) => attempt(async () => (await fetch("/web/dist/never-cached", { cache: "only-if-cached", mode: "same-origin" })).status));

// Redirects

for (const status of [301, 302, 303, 307, 308]) {
	for (const method of ["GET", "POST"]) {
		add(`redirect ${status} of ${method}`, (fetch) => attempt(async () => {
			const r = await fetch(fixture("redirect", { to: "/_fixture/echo?there", status }), method === "POST" ? { method, body: "x" } : {});
			return [{ ...ofResponse(r), headers: 0 }, await sent(r)];
		}));
	}
	add(`redirect ${status}, by hand`, async (fetch) => {
		const r = await fetch(fixture("redirect", { to: "/_fixture/echo", status }), { redirect: "manual" });
		return [await ofText(r.clone()), ofResponse(r), await r.text(), attemptNow(() => r.headers.append("a", "b"))];
	});
	add(`redirect ${status}, not wanted`, (fetch) => attempt(() => fetch(fixture("redirect", { to: "/_fixture/echo", status }), { redirect: "error" })));
}
for (const [name, to] of Object.entries({ "to a foreign origin": `${foreign}/_fixture/respond?body=there`, "to nowhere": gone, "to data": "data:text/plain,x", "to a bad URL": "http://", "to user and password": echo.replace("http://", "http://user:password@"), "with a fragment": "/_fixture/respond?body=x#there", "twice": `/_fixture/redirect?to=${encodeURIComponent("/_fixture/respond?body=twice")}` })) {
	add(`redirect ${name}`, (fetch) => outcome(() => fetch(fixture("redirect", { to }))));
}
add("redirect in a circle", (fetch) => attempt(() => fetch(fixture("redirect", { to: "?to=%3F" }))));
add("a foreign redirect to the API", (fetch) => outcome(() => fetch(`${foreign}/_fixture/redirect?to=${encodeURIComponent(respond({ body: "back" }))}`)));
add("a clone after a redirect", async (fetch) => ofText((await fetch(fixture("redirect", { to: "/_fixture/respond?body=x" }))).clone()));

// Abort

const why = new RangeError("my own reason");
const aborted = (...reason) => { const c = new AbortController(); c.abort(...reason); return c.signal; };
const same = async (f, reason) => { try { return { resolved: Object.prototype.toString.call(await f()) }; } catch (e) { return { same: e === reason, ...fault(e) }; } };
for (const [name, reason] of Object.entries({ "no reason": [], "an error": [why], "a string": ["why"], "null": [null], "undefined": [undefined], "an object": [{}] })) {
	add(`aborted before, with ${name}`, (fetch) => { const signal = aborted(...reason); return same(() => fetch(echo, { signal }), signal.reason); });
	add(`aborted while waiting, with ${name}`, (fetch) => {
		const c = new AbortController();
		const pending = fetch(fixture(`gate/${ids()}`), { signal: c.signal });
		c.abort(...reason);
		return same(() => pending, c.signal.reason);
	});
	add(`aborted in the body, with ${name}`, async (fetch) => {
		const c = new AbortController();
		const id = ids();
		const r = await fetch(fixture(`gate/${id}`), { signal: c.signal });
		const pending = r.text();
		c.abort(...reason);
		const answer = await same(() => pending, c.signal.reason);
		await closed(id);
		return [answer, r.bodyUsed, await same(() => r.text(), c.signal.reason)];
	});
}
for (const reader of readers) {
	for (const [name, n] of [["small", 10], ["large", 3000000]]) {
		add(`${reader} of a ${name} body after an abort, twice and on clones`, async (fetch) => {
			const c = new AbortController();
			const r = await fetch(fixture("bytes", { n }), { signal: c.signal });
			const copy = r.clone();
			c.abort(why);
			const late = r.clone();
			return [await same(() => r[reader](), why), await same(() => r[reader](), why), r.bodyUsed, await same(() => copy[reader](), why), await same(() => late[reader](), why), ofResponse(r), ofHeaders(copy.headers)];
		});
	}
	add(`${reader} rejects at once after an abort`, async (fetch) => {
		const c = new AbortController();
		const r = await fetch(respond({ body: "x" }), { signal: c.signal });
		c.abort();
		const log = [];
		await Promise.all([r[reader]().catch((e) => log.push(e.name)), Promise.resolve().then(() => log.push("next microtask"))]);
		return log;
	});
	add(`${reader} under way at an abort`, async (fetch) => {
		const c = new AbortController();
		const id = ids();
		const r = await fetch(fixture(`gate/${id}`), { signal: c.signal });
		await order(id, "next", "?body=begin");
		const pending = same(() => r[reader](), why);
		c.abort(why);
		const first = await pending;
		await closed(id);
		return [first, r.bodyUsed];
	});
}
add("abort closes the connection while waiting for the body", async (fetch) => {
	const c = new AbortController();
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`), { signal: c.signal });
	await opened(id);
	c.abort(why);
	await closed(id);
	return same(() => r.text(), why);
});
add("a reader at an abort", async (fetch) => {
	const c = new AbortController();
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`), { signal: c.signal });
	const reader = r.body.getReader();
	await order(id, "next", "?body=x");
	const { value } = await reader.read();
	const pending = same(() => reader.read(), why);
	c.abort(why);
	return [Array.from(value), await pending, await same(() => reader.closed, why), await same(() => reader.read(), why), r.bodyUsed];
});
add("a reader of a small body at an abort", async (fetch) => {
	const c = new AbortController();
	const r = await fetch(respond({ body: "x" }), { signal: c.signal });
	const reader = r.body.getReader();
	c.abort(why);
	return [await same(() => reader.closed, why), await same(() => reader.read(), why), r.bodyUsed];
});
add("a stream taken before an abort", async (fetch) => {
	const c = new AbortController();
	const { body } = await fetch(fixture("bytes", { n: 100000 }), { signal: c.signal });
	c.abort(why);
	return same(() => body.getReader().read(), why);
});
add("tees at an abort", async (fetch) => {
	const c = new AbortController();
	const { body } = await fetch(fixture(`gate/${ids()}`), { signal: c.signal });
	const both = body.tee();
	c.abort(why);
	return Promise.all(both.map((b) => same(() => b.getReader().read(), why)));
});
add("an empty body that was read, then an abort", async (fetch) => {
	const c = new AbortController();
	const r = await fetch(respond({}), { signal: c.signal });
	await r.clone().text();
	const reader = r.body.getReader();
	c.abort(why);
	return (await reader.read()).done;
});
for (const status of [204, 304]) {
	add(`an abort after a ${status}`, async (fetch) => {
		const c = new AbortController();
		const r = await fetch(respond({ status }), { signal: c.signal, method: "POST" });
		c.abort(why);
		return [await same(() => r.text(), why), r.bodyUsed];
	});
}
add("an abort after everything was read", async (fetch) => {
	const c = new AbortController();
	const r = await fetch(respond({ body: "x" }), { signal: c.signal });
	const text = await r.text();
	c.abort(why);
	return [text, await same(() => r.text(), why), ofResponse(r)];
});
add("an abort after the body was cancelled", async (fetch) => {
	const c = new AbortController();
	const r = await fetch(respond({ body: "x" }), { signal: c.signal });
	await r.body.cancel();
	c.abort(why);
	return same(() => r.text(), why);
});
add("the signal of a Request", async (fetch) => {
	const c = new AbortController();
	const request = new Request(fixture(`gate/${ids()}`), { signal: c.signal });
	const pending = fetch(request);
	c.abort(why);
	return [await same(() => pending, why), request.signal.aborted, request.signal.reason === why];
});
add("a Request's signal that is aborted, with a body", (fetch) => {
	const request = new Request(echo, { method: "POST", body: "x", signal: aborted(why) });
	return same(() => fetch(request), why).then((answer) => [answer, request.bodyUsed]);
});
add("init's signal over a Request's", async (fetch) => {
	const request = new Request(echo, { signal: aborted(why) });
	return [(await fetch(request, { signal: null })).status, (await fetch(request, { signal: new AbortController().signal })).status, await same(() => fetch(request, { method: "POST" }), why)];
});
add("many requests by one signal", async (fetch) => {
	const c = new AbortController();
	const all = Array.from({ length: 5 }, () => same(() => fetch(fixture(`gate/${ids()}`), { signal: c.signal }), why));
	c.abort(why);
	return Promise.all(all);
});
add("a signal that is used again", async (fetch) => {
	const c = new AbortController();
	await (await fetch(echo, { signal: c.signal })).text();
	await (await fetch(echo, { signal: c.signal })).text();
	c.abort(why);
	return same(() => fetch(echo, { signal: c.signal }), why);
});
add("a timeout's reason", async (fetch) => {
	const signal = AbortSignal.timeout(1);
	const r = attempt(() => fetch(fixture(`gate/${ids()}`), { signal }).then((it) => it.text()));
	return r;
});
add("any of several signals", (fetch) => {
	const c = new AbortController();
	const pending = fetch(fixture(`gate/${ids()}`), { signal: AbortSignal.any([new AbortController().signal, c.signal]) });
	c.abort(why);
	return same(() => pending, why);
});
add("what is wrong with the arguments comes before an abort", (fetch) => attempt(() => fetch(echo, { signal: aborted(why), window: 5 })));
add("a stream whose signal is aborted", (fetch) => same(() => fetch(echo, { method: "POST", body: new ReadableStream(), duplex: "half", signal: aborted(why) }), why));
add("an abort and the listeners of one's own", async (fetch) => {
	const c = new AbortController();
	const log = [];
	c.signal.addEventListener("abort", () => log.push("listener"));
	const pending = fetch(fixture(`gate/${ids()}`), { signal: c.signal }).catch(() => log.push("rejected"));
	c.abort(why);
	log.push("after abort");
	await pending;
	return log;
});
add("a signal is listened to by nobody visible", async (fetch) => {
	const c = new AbortController();
	let n = 0;
	c.signal.addEventListener = () => n++;
	c.signal.removeEventListener = () => n++;
	await (await fetch(echo, { signal: c.signal })).text();
	return n;
});

// Network errors

for (const reader of readers) {
	add(`${reader} of a body that is cut off`, async (fetch) => {
		const id = ids();
		const r = await fetch(fixture(`gate/${id}`));
		const pending = attempt(() => r[reader]());
		await order(id, "next", "?body=begin");
		await order(id, "cut");
		return [await pending, r.bodyUsed, await attempt(() => r[reader]())];
	});
}
add("a reader of a body that is cut off", async (fetch) => {
	const id = ids();
	const r = await fetch(fixture(`gate/${id}`));
	const reader = r.body.getReader();
	const pending = attempt(() => readAll(reader));
	await order(id, "cut");
	return [await pending, await attempt(() => reader.closed)];
});
add("the promise is a native one", async (fetch) => {
	const pending = fetch(echo);
	const kinds = [pending.constructor === Promise, Object.getPrototypeOf(pending) === Promise.prototype];
	await (await pending).text();
	return kinds;
});
add("fetch itself", (fetch) => [typeof fetch, attemptNow(() => new fetch(echo)).error]);

globalThis.fetchCases = cases;
globalThis.runFetchCase = async (name, which) => {
	let limit;
	const late = new Promise((resolve) => (limit = setTimeout(resolve, 20000, { late: "it did not settle within 20 s" })));
	const found = await Promise.race([attempt(() => cases[name](which === "native" ? native : exact.fetch)), late]);
	clearTimeout(limit);
	return JSON.stringify(found, (_, value) => value === undefined ? "(undefined)" : value, "  ");
};
return Object.keys(cases);
