package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds of connections.
const (
	connectTimeout  = 5 * time.Second // for one server, where the connection string does not say
	connectionsLeft = 4               // beside those that are as many as processors
)

// sessionDefaults are parameters of sessions that the connection string can set
// otherwise: a process that hangs does not keep the store's lock for ever.
var sessionDefaults = map[string]string{
	"idle_in_transaction_session_timeout": "20s",
	"lock_timeout":                        "20s",
}

// errPassword says where passwords are to be.
var errPassword = errors.New("read connection string: it has a password in it: put it into a file such as ~/.pgpass, and name that by passfile= or PGPASSFILE if it lies elsewhere")

// CheckURL refuses a connection string that can not be, or that holds a password. The
// error does not show it.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}

// parse reads a connection string.
func parse(url string) (*pgxpool.Config, error) {
	if holdsPassword(url) {
		return nil, errPassword
	}
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read connection string: %w", err)
	}
	return c, nil
}

// holdsPassword reports a connection string with a password: behind its user, or by its
// name.
func holdsPassword(url string) bool {
	if strings.Contains(strings.ReplaceAll(url, " ", ""), "password=") {
		return true
	}
	_, rest, isURL := strings.Cut(url, "://")
	rest, _, _ = strings.Cut(rest, "?")
	at := strings.LastIndex(rest, "@")
	return isURL && at >= 0 && strings.Contains(rest[:at], ":")
}

// applicationName begins what sessions call themselves, with the name of their process
// behind it.
const applicationName = "till"

// connect returns connections to the server that can be written to, and makes one.
func connect(ctx context.Context, url, name string) (*pgxpool.Pool, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(url, "pool_max_conns") {
		c.MaxConns = int32(2*runtime.GOMAXPROCS(0) + connectionsLeft)
	}
	if !strings.Contains(url, "connect_timeout") {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	for name, value := range sessionDefaults {
		if _, set := c.ConnConfig.RuntimeParams[name]; !set {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	c.ConnConfig.RuntimeParams["application_name"] = name
	dialer := &net.Dialer{Control: control, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount}}
	c.ConnConfig.DialFunc = dialer.DialContext
	c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	c.ConnConfig.OnNotice = onNotice
	c.AfterConnect = durably
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// A server that is gone without a word is noticed after about ten seconds.
const (
	keepAliveIdle     = 5 * time.Second
	keepAliveInterval = 2 * time.Second
	keepAliveCount    = 3
	userTimeout       = 10 * time.Second // for what was sent to be acknowledged
)

// durably has the commits of a session be on the disk when they are acknowledged,
// whatever the default of the database is.
func durably(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

// warned is where a connection notes a warning of the server.
const warned = "till: warned"

// onNotice notes warnings. One at a commit says that the standby may not have it:
// somebody ended the wait for it.
func onNotice(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		c.CustomData()[warned] = true
	}
}

// takeWarning reports whether there was a warning since it was last asked.
func takeWarning(c *pgx.Conn) bool {
	data := c.PgConn().CustomData()
	was := data[warned] != nil
	delete(data, warned)
	return was
}
