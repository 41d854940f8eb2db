package notice

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"time"
)

// letter returns a notice as a message of RFC 5322. Nothing of it can begin another
// line of the header.
func letter(n Notice, from string, to string) ([]byte, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("write notice: the sender is no address: name one such as cards@bank.example")
	}
	receiver := mail.Address{Name: n.Name, Address: to}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <notice-%d@till.invalid>\r\n",
		sender, &receiver, mime.QEncoding.Encode("utf-8", n.Subject), n.At.Format(time.RFC1123Z), n.Number)
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", n.Text)
	return b.Bytes(), nil
}

// nobody is the sender of notices in files.
const nobody = "cards@till.invalid"

// Folder is a Sender that puts each notice into a file of a folder, for tests and
// demonstrations. A notice that comes twice takes the same file.
type Folder string

// Send writes the file.
func (f Folder) Send(_ context.Context, n Notice) error {
	content, err := letter(n, nobody, n.To+"@till.invalid")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	if err := os.WriteFile(filepath.Join(string(f), fmt.Sprintf("%08d.eml", n.Number)), content, fileMode); err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	return nil
}

// SMTP is a Sender that gives notices to a mail server (RFC 5321), with TLS where the
// server offers it. A member whose login name is no address gets none.
type SMTP struct {
	Server string // host and port
	From   string
}

// permanent is the first reply code by which a server says that it will never do
// something. RFC 5321, section 4.2.1.
const permanent = 500

// smtpTimeout bounds the conversation about one notice.
const smtpTimeout = 30 * time.Second

// Send gives a notice to the server.
func (s SMTP) Send(ctx context.Context, n Notice) error {
	to, err := mail.ParseAddress(n.To)
	if err != nil {
		return nil // no address
	}
	content, err := letter(n, s.From, to.Address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", s.Server)
	if err != nil {
		return fmt.Errorf("send notice: no mail server at %s: start it, or name another", s.Server)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(smtpTimeout)) // the clock of the sockets is the machine's
	return s.converse(connection, to.Address, content)
}

// converse is the conversation with the server.
func (s SMTP) converse(connection net.Conn, to string, content []byte) error {
	host, _, err := net.SplitHostPort(s.Server)
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	c, err := smtp.NewClient(connection, host)
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	if ok, _ := c.Extension("STARTTLS"); ok {
		if err := c.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
			return fmt.Errorf("send notice: %w", err)
		}
	}
	if err := c.Mail(from.Address); err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	if err := c.Rcpt(to); err != nil {
		if refused := (*textproto.Error)(nil); errors.As(err, &refused) && refused.Code >= permanent {
			return ErrUndeliverable
		}
		return fmt.Errorf("send notice: %w", err)
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	return c.Quit()
}
