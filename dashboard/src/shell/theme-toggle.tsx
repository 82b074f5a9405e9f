import { useSyncExternalStore } from 'react';
import { IconButton } from '../ui/button.tsx';
import { MoonIcon, SunIcon } from '../ui/icons.tsx';
import { chooseTheme, currentTheme, onTheme } from './theme.ts';

/** Light or dark, whatever the system prefers. */
export function ThemeToggle() {
  const theme = useSyncExternalStore(onTheme, currentTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <IconButton label={`Switch to the ${other} theme`} onClick={() => chooseTheme(other)}>
      {theme === 'dark' ? <SunIcon /> : <MoonIcon />}
    </IconButton>
  );
}
