// Before anything is painted: light or dark as the reader chose it here, else as his system says.
try {
  const chosen = localStorage.getItem("trias-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* A browser that keeps nothing follows the system. */ }
