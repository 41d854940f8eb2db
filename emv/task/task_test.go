package task_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/task"
)

func TestSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := task.Or(nil)
		first, second := make(chan struct{}), make(chan struct{})
		began := time.Now()
		tasks.Go(func() {
			time.Sleep(time.Minute)
			close(second)
		})
		assert.Equal(t, 2, tasks.Await(nil, first, second))
		assert.Equal(t, time.Minute, time.Since(began))
		close(first)
		assert.Equal(t, 0, tasks.Await(first, nil))
	})
}

func TestOr(t *testing.T) {
	type other struct{ task.System }
	assert.Equal(t, other{}, task.Or(other{}))
}
