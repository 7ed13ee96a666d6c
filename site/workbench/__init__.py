"""The playground's Python that draws nothing: data, features, words, history."""
