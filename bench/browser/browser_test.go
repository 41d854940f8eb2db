package browser_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/testdata/need"
)

// screenshots is where pictures of the pages are kept.
const screenshots = "../../build/screenshots"

// browser is a browser with one page open.
type browser struct {
	t   *testing.T
	ctx context.Context
	axe string // source of axe-core, empty where it is not there
	seen
}

// pauseOfPad is how long the app shows the last digit.
const pauseOfPad = 250 * time.Millisecond

// stepTimeout bounds one step in the browser.
const stepTimeout = 40 * time.Second

// newBrowser starts a browser with nothing in its profile, and notes what goes to and
// fro.
func newBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	path := need.Program(t, "chromium")
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); end() })
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.note))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	return b
}

// withAxe has check look for what keeps people out.
func (b *browser) withAxe() *browser {
	b.t.Helper()
	source, err := os.ReadFile(need.Built(b.t, "node_modules", "axe-core", "axe.min.js"))
	require.NoError(b.t, err)
	b.axe = string(source)
	return b
}

// do carries actions out.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.patiently(func(ctx context.Context) error { return chromedp.Do(ctx, actions...) })
}

// patiently does something with the page, again where an element was gone since a page
// took the place of the one before.
func (b *browser) patiently(do func(context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	err := do(ctx)
	for err != nil && strings.Contains(err.Error(), "Could not find node") && ctx.Err() == nil {
		err = do(ctx)
	}
	if err != nil {
		b.t.Fatalf("%v; the page says: %s", err, b.text("body"))
	}
}

// value evaluates an expression in the page of a browser, and waits for what it
// promises.
func value[T any](b *browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAsValue, chromedp.EvalAwaitPromise))
}

func (b *browser) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// button matches a button or a link with a text.
func button(text string) chromedp.Search {
	return chromedp.Search(`//*[self::button or self::a][normalize-space()="` + text + `"]`)
}

// click clicks on a button or link.
func (b *browser) click(text string) {
	b.t.Helper()
	b.do(chromedp.Click(button(text), chromedp.NodeVisible))
}

// fill types into fields, by their identifiers.
func (b *browser) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		field := chromedp.CSS("#" + pairs[i])
		b.patiently(func(ctx context.Context) error {
			if err := chromedp.Do(ctx, chromedp.WaitVisible(field)); err != nil {
				return err
			}
			if _, err := value[string](b, `document.querySelector("#`+pairs[i]+`").value = ""`); err != nil {
				return err
			}
			return chromedp.Do(ctx, chromedp.SendKeys(field, pairs[i+1]))
		})
	}
}

// text returns what an element says.
func (b *browser) text(selector string) string {
	quoted, _ := json.Marshal(selector)
	text, _ := value[string](b, `(document.querySelector(`+string(quoted)+`) || {innerText: ""}).innerText`)
	return text
}

// sees waits until the page says something.
func (b *browser) sees(want string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return strings.Contains(b.text("body"), want) }, stepTimeout, 50*time.Millisecond, "the page never said: "+want)
	html, err := value[string](b, `document.documentElement.outerHTML`)
	require.NoError(b.t, err)
	b.keep(&b.pages, html)
}

// status waits until a card has a status, in a page that is not loaded again.
func (b *browser) status(want string) {
	b.t.Helper()
	ok := func() bool {
		got, _ := value[string](b, `(document.querySelector("[data-card]") || {dataset: {}}).dataset.pin || ""`)
		return got == want
	}
	require.Eventually(b.t, ok, stepTimeout, 50*time.Millisecond, "the PIN is never "+want)
}

// mark writes into the page what would be gone if it were loaded again.
func (b *browser) mark() {
	b.t.Helper()
	_, err := value[bool](b, `window.marked = true`)
	require.NoError(b.t, err)
}

// marked checks that the page was not loaded again.
func (b *browser) marked() {
	b.t.Helper()
	marked, err := value[bool](b, `window.marked === true`)
	require.NoError(b.t, err)
	assert.True(b.t, marked, "the page was loaded again")
}

// sizes are those of a small phone, a phone and a desk.
var sizes = map[string]chromedp.Action[chromedp.Void]{
	"narrow":  chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile, chromedp.EmulateTouch),
	"phone":   chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch),
	"desktop": chromedp.EmulateViewport(1180, 860),
}

// look keeps pictures of the page at the widths of a desk and of phones, and looks for
// what keeps people out.
func (b *browser) look(name string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll(screenshots, 0o755))
	for _, width := range []string{"narrow", "phone", "desktop"} {
		b.do(sizes[width], chromedp.Sleep(200*time.Millisecond))
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(screenshots, name+"-"+width+".png"), picture, 0o644))
		over, err := value[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
		require.NoError(b.t, err)
		assert.LessOrEqual(b.t, over, 0, "%s: something lies beside the screen of a %s", name, width)
		b.accessible(name + " " + width)
	}
}

// finding is one of axe-core.
type finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Nodes  []string `json:"nodes"`
}

// accessible runs axe-core, of which no serious finding may be left.
func (b *browser) accessible(name string) {
	b.t.Helper()
	if b.axe == "" {
		return
	}
	loaded, err := value[bool](b, `typeof axe !== "undefined"`)
	require.NoError(b.t, err)
	if !loaded {
		_, err := value[bool](b, b.axe+"; true")
		require.NoError(b.t, err)
	}
	found, err := value[[]finding](b, `axe.run().then((r) => r.violations.map((v) => ({id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html)})))`)
	require.NoError(b.t, err)
	for _, f := range found {
		assert.NotContains(b.t, []string{"serious", "critical"}, f.Impact, "%s: %s: %v", name, f.ID, f.Nodes)
	}
}
