const demo = document.querySelector("#by-slider");
const slider = document.querySelector("#noise-slider");
const value = document.querySelector("#noise-value");

slider.addEventListener("input", () => {
  demo.setAttribute("noise", slider.value);
  value.textContent = slider.value;
});
