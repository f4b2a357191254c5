/** A book of the shop, as `/api/v1/products` lists it. */
export interface Product {
  readonly id: number;
  readonly title: string;
  readonly descriptionHtml: string;
}

/** The one that the page shows. */
export const COMEDY_OF_ERRORS: Product = {
  id: 0,
  title: 'The Comedy of Errors',
  descriptionHtml:
    'One of the earliest plays of <b>William Shakespeare</b>, and his shortest. Two pairs of twins, parted as children ' +
    'in a shipwreck, come to the same town without knowing of each other: whoever meets one takes him for the other. ' +
    '<a href="https://en.wikipedia.org/wiki/The_Comedy_of_Errors">Summary in Wikipedia</a>',
};

export const PRODUCTS: readonly Product[] = [COMEDY_OF_ERRORS];
