package httpd

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/clock"
)

// A handler that panics is logged without the value that it panics with.
func TestPanicIsLogged(t *testing.T) {
	var log bytes.Buffer
	door := (&Doors{Config: Config{Log: kitlog.NewLogfmtLogger(&log), Clock: clock.Or(nil), Count: func(string, int) {}}}).logged(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("1234") }))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		door.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	})
	assert.Contains(t, log.String(), "event=panic")
	assert.Contains(t, log.String(), "type=string")
	assert.NotContains(t, log.String(), "1234")
}
