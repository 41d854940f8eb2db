package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func second[T any](_ T, err error) error { return err }

func sprintDeep(v any) string { return fmt.Sprintf("%+v %#v", v, v) }

func replaceOnce(t *testing.T, s, old, replacement string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(s, old))
	return strings.Replace(s, old, replacement, 1)
}
