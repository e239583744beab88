package e2e

import "time"

// advance moves the clocks of every page and worker of the test on, Date and performance.now alike: what runs there
// lives in that later time, while its timers keep the true one. The session's program reads no other clock. Pages are
// then told that they came to the front, one of the signals at which the session is looked at again.
func (b *browser) advance(by time.Duration) {
	b.t.Helper()
	realms := b.all()
	for _, r := range realms {
		if r.gone() {
			continue
		}
		r.do(`
			const clock = globalThis.__clock ??= (() => {
				const wall = Date.now.bind(Date), monotonic = performance.now.bind(performance);
				const clock = { ahead: 0 };
				Date.now = () => wall() + clock.ahead;
				performance.now = () => monotonic() + clock.ahead;
				return clock;
			})();
			clock.ahead += args[0];`, by.Milliseconds())
	}
	for _, r := range realms {
		if r.page && !r.gone() {
			r.wake()
		}
	}
}

// wake tells a page that it came to the front.
func (r *realm) wake() {
	r.b.t.Helper()
	r.do(`document.dispatchEvent(new Event("visibilitychange"));`)
}
