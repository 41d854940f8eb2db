module github.com/f510b0cf/till

go 1.26.0
