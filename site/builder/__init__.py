"""How dist/ is put together: wheel, browser runtime, posters, pages."""
