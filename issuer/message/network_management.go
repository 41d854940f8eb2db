package message

// NetworkManagement is an echo test, a sign-on, a sign-off or a change of keys
// (1804). FunctionCode says which.
type NetworkManagement struct {
	Header
	FunctionCode FunctionCode // DE 24
}

// Kind returns KindNetworkManagement.
func (*NetworkManagement) Kind() Kind { return KindNetworkManagement }

func (m *NetworkManagement) code(c *coder) {
	m.Header.code(c)
	c.edition().functionCode(c, &m.FunctionCode)
}

// NetworkManagementResponse answers a network management request (1814).
type NetworkManagementResponse struct {
	Acknowledgement
	FunctionCode FunctionCode // DE 24
}

// Kind returns KindNetworkManagementResponse.
func (*NetworkManagementResponse) Kind() Kind { return KindNetworkManagementResponse }

func (m *NetworkManagementResponse) code(c *coder) {
	m.Acknowledgement.code(c)
	c.edition().functionCode(c, &m.FunctionCode)
}
