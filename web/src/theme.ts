import { createTheme, defaultVariantColorsResolver } from '@mantine/core'
import type { CSSVariablesResolver, MantineColorsTuple, VariantColorsResolver } from '@mantine/core'

/**
 * Mantine in our colours. Its own dimmed, placeholder and disabled texts are too faint to read, so they are set anew; a test
 * looks at the contrast of every page in both schemes.
 */

const ink: MantineColorsTuple = [
  '#f5f6f8',
  '#e8eaee',
  '#d3d6dd',
  '#b3b8c3',
  '#8d94a3',
  '#6b7280',
  '#4b515e',
  '#363b46',
  '#22262e',
  '#14171c',
]

const dark: MantineColorsTuple = [
  '#e7e9ee',
  '#c9cdd6',
  '#a4abb8',
  '#8c94a3',
  '#3a404c',
  '#262b34',
  '#1b1f26',
  '#14171c',
  '#0f1115',
  '#0a0b0e',
]

/** The text on the primary colour follows the scheme; Mantine works it out for the light one alone. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  const isPrimary = input.color === undefined || input.color === 'ink'
  return input.variant === 'filled' && isPrimary
    ? { ...colors, color: 'var(--mantine-primary-color-contrast)' }
    : colors
}

export const theme = createTheme({
  colors: { ink, dark },
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  variantColorResolver,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
  // The arrow of a field that offers choices is decoration.
  components: { ComboboxChevron: { defaultProps: { 'aria-hidden': true } } },
})

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#1c1f26',
    '--mantine-color-dimmed': '#565c68',
    '--mantine-color-placeholder': '#636a77',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#1c1f26',
    '--mantine-color-default-border': '#b9bec9',
    '--mantine-color-disabled-color': '#636a77',
  },
  dark: {
    '--mantine-color-dimmed': '#a4abb8',
    '--mantine-color-placeholder': '#9aa2b1',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-anchor': '#e7e9ee',
    '--mantine-color-default-border': '#48505f',
    '--mantine-color-disabled-color': '#9aa2b1',
  },
})
