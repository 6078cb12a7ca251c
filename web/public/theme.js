/* Before the first paint, so that a chosen theme never flashes in the other one's colours. */
try {
  document.documentElement.dataset.theme = localStorage.getItem('sightline-theme') || 'dark';
} catch {
  document.documentElement.dataset.theme = 'dark';
}
