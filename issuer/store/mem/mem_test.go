package mem_test

import (
	"testing"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/issuer/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{New: func(testing.TB) store.Store { return mem.New() }})
}
