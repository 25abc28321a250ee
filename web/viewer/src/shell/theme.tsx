/**
 * Dark and light colours: those of the system until the user chooses.
 * @module
 */
import { useEffect, useState } from 'react';

type Theme = 'light' | 'dark';

const storageKey = 'posix-par:theme';

function chosenTheme(): Theme | null {
  const value = localStorage.getItem(storageKey);
  return value === 'light' || value === 'dark' ? value : null;
}

/** A button that switches between dark and light. */
export function ThemeButton() {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const [chosen, setChosen] = useState(chosenTheme);
  const [preferred, setPreferred] = useState<Theme>(system.matches ? 'dark' : 'light');
  useEffect(() => {
    const follow = (): void => setPreferred(system.matches ? 'dark' : 'light');
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, [system]);
  const theme = chosen ?? preferred;
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  const other: Theme = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      className="plain"
      title={`Use ${other} colours`}
      onClick={() => {
        localStorage.setItem(storageKey, other);
        setChosen(other);
      }}
    >
      {theme === 'dark' ? 'Light' : 'Dark'}
    </button>
  );
}
