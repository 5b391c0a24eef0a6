"""What the checker shows: sequences, trees and graphs as text, SVG and Mermaid."""
