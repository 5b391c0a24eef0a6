"""The second referee: TLC on the text of ``spec/tla`` beside our checker on our model, graph by graph."""
