const demo = document.querySelector("#by-scrolling");

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) demo.setAttribute("hidden-layers", target.dataset.layers);
    }
  },
  { rootMargin: "-50% 0px -50% 0px" }, // what crosses the middle of the window
);
for (const paragraph of document.querySelectorAll("[data-layers]")) observer.observe(paragraph);
