/* Before the first paint, so that nothing that was chosen flashes in another way first: colours, the bar at the side. */
try {
  document.documentElement.dataset.side = localStorage.getItem('sightline-side') || 'wide';
  document.documentElement.dataset.theme = localStorage.getItem('sightline-theme') || 'dark';
} catch {
  document.documentElement.dataset.theme = 'dark';
}
