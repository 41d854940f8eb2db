package pinpad

// PromptText is promptText, for tests.
var PromptText = promptText
