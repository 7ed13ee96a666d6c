/** Written when the site is built, from lessons/*.md (builder/lessons.py). */
export interface Lesson {
  name: string;
  title: string;
  starter: string;
  solution: string;
  hints: string[];
  checks: string;
}
export const lessons: Lesson[];
/** Code below this line isn't carried on to the next step. */
export const tryLine: string;
