package tables

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/f510b0cf/till/issuer/store"
)

// sessions is a store.Sessions on a medium.
type sessions struct{ medium Medium }

// session is a row of Sessions.
type session struct {
	expires time.Time
	data    []byte
}

func (s *session) walk(c *coder) {
	c.millisecond(&s.expires)
	c.bytes(&s.data)
}

func decodeSession(row []byte) (s session, err error) {
	if err := decode(row, s.walk); err != nil {
		return session{}, fmt.Errorf("read session: %w", err)
	}
	return s, nil
}

// Put stores the data of a session.
func (s sessions) Put(ctx context.Context, key store.SessionKey, data []byte, expires time.Time) error {
	if len(data) > store.SessionMax {
		return fmt.Errorf("store session: too long: %w", store.ErrRecord)
	}
	row := session{expires, data}
	encoded := encode(16+len(data), row.walk)
	return s.medium.Update(ctx, func(w Writer) error {
		w.Put(Sessions, key[:], encoded)
		return nil
	})
}

// Replace stores the data of a session that holds old data.
func (s sessions) Replace(ctx context.Context, key store.SessionKey, old, data []byte, now, expires time.Time) error {
	if len(data) > store.SessionMax {
		return fmt.Errorf("store session: too long: %w", store.ErrRecord)
	}
	row := session{expires, data}
	return s.medium.Update(ctx, func(w Writer) error {
		var found session
		var err error
		stored := w.Get(Sessions, key[:])
		if stored != nil {
			found, err = decodeSession(stored)
		}
		if err == nil && (stored == nil || !now.Before(found.expires) || !bytes.Equal(found.data, old)) {
			err = fmt.Errorf("replace session: %w", store.ErrConflict)
		}
		if err == nil {
			w.Put(Sessions, key[:], encode(16+len(data), row.walk))
		}
		return err
	})
}

// Get returns the data of a session that has not expired.
func (s sessions) Get(ctx context.Context, key store.SessionKey, now time.Time) (data []byte, err error) {
	err = s.medium.View(ctx, func(r Reader) error {
		row := r.Get(Sessions, key[:])
		if row == nil {
			return fmt.Errorf("look up session: %w", store.ErrNotFound)
		}
		found, err := decodeSession(row)
		if err == nil && !now.Before(found.expires) {
			err = fmt.Errorf("look up session: expired: %w", store.ErrNotFound)
		}
		data = found.data
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Delete ends a session.
func (s sessions) Delete(ctx context.Context, key store.SessionKey) error {
	return s.medium.Update(ctx, func(w Writer) error {
		if w.Get(Sessions, key[:]) != nil {
			w.Delete(Sessions, key[:])
		}
		return nil
	})
}

// Sweep removes the sessions that have expired.
func (s sessions) Sweep(ctx context.Context, now time.Time) (swept int, err error) {
	err = s.medium.Update(ctx, func(w Writer) error {
		expired, err := expiredSessions(w, now)
		if err != nil {
			return err
		}
		for _, key := range expired {
			w.Delete(Sessions, key)
		}
		swept = len(expired)
		return nil
	})
	return swept, err
}

// expiredSessions returns the keys of the sessions that expired at now or before.
func expiredSessions(r Reader, now time.Time) (expired [][]byte, err error) {
	for key, row := range r.From(Sessions, nil) {
		s, err := decodeSession(row)
		if err != nil {
			return nil, err
		}
		if !now.Before(s.expires) {
			expired = append(expired, bytes.Clone(key))
		}
	}
	return expired, nil
}
