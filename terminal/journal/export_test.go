package journal

// OpenSyncing is Open with another way to synchronise the folder.
var OpenSyncing = open
